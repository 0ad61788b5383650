#!/bin/bash
# PID 1 of the node: in its own PID and mount namespaces and in the cluster's network namespace. Whatever is started here ends with it.
# Environment: see nodeEnvironment in configuration.ts. $RUN/<part>.flags holds the flags of a part, one a line.
set -e
here=$(dirname "$(readlink -f "$0")")

# Mounts, private to the node.
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /run/bulkhead /run/containerd
cp "$RUN/resolv.conf" "$RUN/nfs.conf" /run/bulkhead/
mkdir -p /var/lib/kubelet /var/log/pods /var/log/containers # never removed: that would take the mount from another node, too
mount -t tmpfs -o mode=755 tmpfs /var/lib/kubelet
mount --bind "$LOGS/pods" /var/log/pods
mount -t tmpfs tmpfs /var/log/containers
mkdir -p /run/bulkhead/sbin.upper /run/bulkhead/sbin.work
mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=/run/bulkhead/sbin.upper,workdir=/run/bulkhead/sbin.work /usr/sbin
install -m 755 "$here/mount.nfs" /usr/sbin/mount.nfs
mount --make-rshared /
mount -t proc proc /proc

# Network.
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 || :
# netpol sees IPv4 only: without this a pod reaches what the node serves on [::], the kubelet too, by the link-local addresses of their link
sysctl -qw net.ipv6.conf.default.disable_ipv6=1 || :
sysctl -qw fs.inotify.max_user_instances=1024 || :
iptables -P FORWARD ACCEPT
# There is no default route. Without any route a Service that has no endpoints is "network unreachable" before kube-proxy can
# refuse the connection, as it does elsewhere; this one leads nowhere.
ip link add svc0 type veth peer name svc1
ip link set svc0 arp off up
ip link set svc1 up
ip route add "$SERVICE_RANGE" dev svc0

# Parts.
declare -A pids
mkdir -p "$RUN/pids"
start() { # NAME [PROGRAM]
  local flags
  mapfile -t flags < "$RUN/$1.flags"
  PATH=$BIN:$PATH "${2:-$BIN/$1}" "${flags[@]}" >> "$LOGS/$1.log" 2>&1 &
  pids[$1]=$!
  echo "${pids[$1]}" > "$RUN/pids/$1"
}
reached() { until [ -e "$RUN/$1" ]; do sleep 0.05; done; } # a mark that node.ts makes
stop() { # the kernel ends all the rest together with PID 1
  trap '' TERM INT
  kill -TERM "${pids[kubelet]}" 2> /dev/null && wait "${pids[kubelet]}" || :
  exit 0
}
trap stop TERM INT

start containerd
start etcd
start kube-apiserver
until "$BIN/ctr" -a "$SOCKET" version > /dev/null 2>&1; do sleep 0.05; done
"$here/import-images.sh" "$RUN/images" >> "$LOGS/import-images.log" 2>&1
reached api-ready
start kubelet
start kube-controller-manager
start kube-scheduler
start kube-proxy
reached base-applied
start netpol
start provisioner "$NODE"
touch "$RUN/started"
while :; do wait -n || sleep 0.2; done # PID 1 reaps what others leave behind
