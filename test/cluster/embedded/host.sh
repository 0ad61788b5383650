#!/bin/bash
# What a node needs outside its own namespaces. usage: host.sh up NAME HOST_ADDRESS NODE_ADDRESS | host.sh down NAME
name=$2
cgroups=/sys/fs/cgroup

up() {
  set -e
  ip netns add "$name"
  ip link add "$name" type veth peer name eth0 netns "$name"
  ip addr add "$1/30" dev "$name"
  ip link set "$name" up
  # when the link is gone, traffic for the node must not leave this machine by its default route: this one stays
  network=${1%.*}.$((${1##*.} - 1))
  ip route replace unreachable "$network/30" metric 4000
  nsenter --net="/run/netns/$name" ip addr add "$2/30" dev eth0
  nsenter --net="/run/netns/$name" ip link set eth0 up # no default route: nothing leaves the node
  if [ -e $cgroups/cgroup.controllers ]; then
    mkdir -p "$cgroups/$name"
    for group in $cgroups "$cgroups/$name"; do echo '+cpu +cpuset +io +memory +pids' > "$group/cgroup.subtree_control"; done
  else
    for controller in cpu cpuacct cpuset memory devices freezer blkio pids systemd; do
      [ -d "$cgroups/$controller" ] || continue
      mkdir -p "$cgroups/$controller/$name"
      [ $controller = cpuset ] || continue
      for file in cpuset.cpus cpuset.mems; do cat "$cgroups/cpuset/$file" > "$cgroups/cpuset/$name/$file"; done
    done
  fi
}

groups() { find $cgroups -mindepth 1 -depth -type d \( -path "$cgroups/$name" -o -path "$cgroups/$name/*" -o -path "$cgroups/*/$name" -o -path "$cgroups/*/$name/*" \); }

down() {
  ip link del "$name"
  ip netns del "$name"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    groups | xargs --no-run-if-empty rmdir
    [ -z "$(groups)" ] && break
    sleep 0.2
  done
} 2> /dev/null

if [ "$1" = up ]; then up "$3" "$4"; else down; [ -z "$(groups)" ]; fi
