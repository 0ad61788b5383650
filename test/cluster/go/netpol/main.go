// netpol enforces NetworkPolicy on one node with the SIG-Network policy engine (sigs.k8s.io/kube-network-policies).
// Its own data plane uses nftables' `queue`, which needs CONFIG_NFT_QUEUE; this one hooks the same engine to
// iptables -j NFQUEUE, which needs only xt_NFQUEUE. It fails closed: without the process no new pod connection opens.
package main

import (
	"context"
	"flag"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	nfqueue "github.com/florianl/go-nfqueue/v2"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	"sigs.k8s.io/kube-network-policies/pkg/podinfo"
	"sigs.k8s.io/kube-network-policies/pkg/podinfo/nri"
)

func must(err error) {
	if err != nil {
		klog.Fatal(err)
	}
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	node := flag.String("node", "bulkhead-node", "name of the node in the cluster")
	cidr := flag.String("pod-cidr", "10.244.0.0/24", "addresses of the pods of this node")
	klog.InitFlags(nil)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	_, podNet, err := net.ParseCIDR(*cidr)
	must(err)
	cfg, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	must(err)
	cs := kubernetes.NewForConfigOrDie(cfg)
	f := informers.NewSharedInformerFactory(cs, 0)
	ns, pods, pols := f.Core().V1().Namespaces(), f.Core().V1().Pods(), f.Networking().V1().NetworkPolicies()
	ir, err := podinfo.NewInformerResolver(pods.Informer())
	must(err)
	// the runtime says a pod's address before the containers start; the API server only afterwards
	fromRuntime, err := nri.NewNRIResolver(ctx, *node, nil)
	must(err)
	resolvers := []podinfo.IPResolver{ir, fromRuntime}
	info := podinfo.NewInformerProvider(pods, ns, nil, resolvers)
	engine := networkpolicy.NewPolicyEngine(info, []api.PolicyEvaluator{networkpolicy.NewStandardNetworkPolicy(*node, ns, pods, pols)})
	var dirty atomic.Bool
	engine.SetDataplaneSyncCallbacks(func() { dirty.Store(true) })
	f.Start(ctx.Done())
	f.WaitForCacheSync(ctx.Done())

	allow := func(p network.Packet) bool {
		for _, ip := range []net.IP{p.SrcIP, p.DstIP} { // a pod address nobody knows yet: closed, not open
			if podNet.Contains(ip) && !ip.Equal(gateway(podNet)) {
				if _, ok := info.GetPodInfoByIP(ip.String()); !ok {
					return false
				}
			}
		}
		ok, err := engine.EvaluatePacket(ctx, &p)
		return ok && err == nil
	}
	q, err := nfqueue.Open(&nfqueue.Config{NfQueue: 100, MaxPacketLen: 128, MaxQueueLen: 4096, Copymode: nfqueue.NfQnlCopyPacket, Flags: nfqueue.NfQaCfgFlagGSO, WriteTimeout: 100 * time.Millisecond})
	must(err)
	defer q.Close()
	must(q.RegisterWithErrorFunc(ctx, func(a nfqueue.Attribute) int {
		v := nfqueue.NfDrop
		if p, err := network.ParsePacket(*a.Payload); err == nil && allow(p) {
			v = nfqueue.NfAccept
		}
		_ = q.SetVerdict(*a.PacketID, v)
		return 0
	}, func(err error) int { klog.V(2).Info(err); return 0 }))

	rules := strings.ReplaceAll(`*filter
:BULKHEAD-NETPOL - [0:0]
-F BULKHEAD-NETPOL
-A BULKHEAD-NETPOL -i lo -j RETURN
-A BULKHEAD-NETPOL -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
-A BULKHEAD-NETPOL -s CIDR -j NFQUEUE --queue-num 100
-A BULKHEAD-NETPOL -d CIDR -j NFQUEUE --queue-num 100
-I FORWARD 1 -j BULKHEAD-NETPOL
-I INPUT 1 -j BULKHEAD-NETPOL
COMMIT
`, "CIDR", *cidr)
	c := exec.Command("iptables-restore", "--noflush")
	c.Stdin, c.Stderr = strings.NewReader(rules), os.Stderr
	must(c.Run())
	klog.Info("enforcing")
	for t := time.NewTicker(50 * time.Millisecond); ; { // a changed policy also ends connections it no longer allows
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if !dirty.Swap(false) {
				continue
			}
			n, err := netlink.ConntrackDeleteFilters(netlink.ConntrackTable, unix.AF_INET, &gone{allow, podNet})
			klog.V(2).Info("policy change; connections ended: ", n, " ", err)
		}
	}
}

func gateway(n *net.IPNet) net.IP { // ptp: every pod's gateway carries the first address; it is the node
	g := append(net.IP{}, n.IP.To4()...)
	g[3]++
	return g
}

type gone struct {
	allow  func(network.Packet) bool
	podNet *net.IPNet
}

func (g *gone) MatchConntrackFlow(fl *netlink.ConntrackFlow) bool {
	proto, ok := map[uint8]v1.Protocol{unix.IPPROTO_TCP: v1.ProtocolTCP, unix.IPPROTO_UDP: v1.ProtocolUDP, unix.IPPROTO_SCTP: v1.ProtocolSCTP}[fl.Forward.Protocol]
	p := &network.Packet{Family: v1.IPv4Protocol, Proto: proto, SrcIP: fl.Forward.SrcIP, DstIP: fl.Reverse.SrcIP, SrcPort: int(fl.Forward.SrcPort), DstPort: int(fl.Reverse.SrcPort)}
	if !ok || !(g.podNet.Contains(p.SrcIP) || g.podNet.Contains(p.DstIP)) {
		return false
	}
	if gw := gateway(g.podNet); p.SrcIP.Equal(gw) { // kubelet probes and other node traffic
		return false
	}
	return !g.allow(*p)
}
