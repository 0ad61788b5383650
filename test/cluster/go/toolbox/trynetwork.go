package main

import (
	"context"
	"encoding/binary"
	"net"
	"os"
	"sort"
	"strings"
	"syscall"
	"time"
)

const patience = 2 * time.Second

func init() {
	verbs["tcp"] = func(a attempt) string {
		c, err := net.DialTimeout("tcp", a.On, patience)
		if err != nil {
			return result(err)
		}
		c.Close()
		return "open"
	}
	verbs["udp"] = tryUDP
	verbs["ping"] = tryPing
	verbs["lookup"] = func(a attempt) string { return named(resolver(a.With).LookupHost, a.On) }
	verbs["reverse"] = func(a attempt) string { return named(resolver(a.With).LookupAddr, a.On) }
	verbs["ping6"] = tryPing6
	verbs["unix"] = func(a attempt) string {
		c, err := net.DialTimeout("unix", a.On, patience)
		if err != nil {
			return result(err)
		}
		c.Close()
		return "open"
	}
}

func isRemote(a attempt) bool {
	switch a.Do {
	case "tcp", "udp", "ping", "ping6", "lookup", "reverse":
		return true
	}
	return false
}

func tryUDP(a attempt) string {
	c, err := net.DialTimeout("udp", a.On, patience)
	if err != nil {
		return result(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err = c.Write([]byte("ping")); err != nil {
		return result(err)
	}
	if _, err = c.Read(make([]byte, 64)); err != nil {
		return result(err)
	}
	return "open"
}

// tryPing sends one ICMP echo request through an unprivileged socket.
func tryPing(a attempt) string {
	to := net.ParseIP(a.On).To4()
	if to == nil {
		return "EINVAL"
	}
	fd, err := pingSocket(syscall.AF_INET, syscall.IPPROTO_ICMP)
	if err != nil {
		return result(err)
	}
	defer syscall.Close(fd)
	message := []byte{8, 0, 0, 0, 0, 1, 0, 1}
	var sum uint32
	for i := 0; i < len(message); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(message[i:]))
	}
	binary.BigEndian.PutUint16(message[2:], ^uint16(sum))
	if err = syscall.Sendto(fd, message, 0, &syscall.SockaddrInet4{Addr: [4]byte(to)}); err != nil {
		return result(err)
	}
	if _, _, err = syscall.Recvfrom(fd, make([]byte, 64), 0); err == syscall.EAGAIN {
		return "timeout"
	} else if err != nil {
		return result(err)
	}
	return "open"
}

// pingSocket opens an unprivileged socket for echo requests that waits for an answer only as long as our patience lasts.
func pingSocket(family, protocol int) (int, error) {
	fd, err := syscall.Socket(family, syscall.SOCK_DGRAM, protocol)
	if err != nil {
		return -1, err
	}
	limit := syscall.NsecToTimeval(int64(patience))
	if err = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit); err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// resolver asks the cluster, or the server that is named.
func resolver(server string) *net.Resolver {
	r := &net.Resolver{PreferGo: true}
	if server != "" {
		r.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: patience}).DialContext(ctx, network, server)
		}
	}
	return r
}

func named(look func(context.Context, string) ([]string, error), name string) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	found, err := look(ctx, name)
	if d, is := err.(*net.DNSError); is && d.IsNotFound {
		return "no such name"
	} else if is && d.IsTimeout {
		return "timeout"
	} else if err != nil {
		return result(err)
	}
	sort.Strings(found)
	return strings.Join(found, " ")
}

// tryPing6 asks an IPv6 address, or everybody on the link by the multicast address ff02::1; an answer of this pod itself is none.
func tryPing6(a attempt) string {
	address, zone, _ := strings.Cut(a.On, "%")
	to := &syscall.SockaddrInet6{Addr: [16]byte(net.ParseIP(address).To16())}
	own := map[string]bool{}
	if zone != "" {
		link, err := net.InterfaceByName(zone)
		if err != nil {
			return result(err)
		}
		to.ZoneId = uint32(link.Index)
		addresses, _ := link.Addrs()
		for _, each := range addresses {
			own[each.(*net.IPNet).IP.String()] = true
		}
	}
	fd, err := pingSocket(syscall.AF_INET6, syscall.IPPROTO_ICMPV6)
	if err != nil {
		return result(err)
	}
	defer syscall.Close(fd)
	if err = syscall.Sendto(fd, []byte{128, 0, 0, 0, 0, 1, 0, 1}, 0, to); err != nil {
		return result(err)
	}
	for {
		_, from, err := syscall.Recvfrom(fd, make([]byte, 64), 0)
		if err == syscall.EAGAIN {
			return "timeout"
		} else if err != nil {
			return result(err)
		}
		if who, is := from.(*syscall.SockaddrInet6); is && !own[net.IP(who.Addr[:]).String()] {
			return "open"
		}
	}
}

// listen serves tcp:ADDRESS, udp:ADDRESS and unix:PATH: who connects, or sends, is answered.
func listen(places []string) {
	for _, place := range places {
		network, address, _ := strings.Cut(place, ":")
		if network == "udp" {
			c, err := net.ListenPacket("udp", address)
			if err != nil {
				die(err)
			}
			go func() {
				buffer := make([]byte, 1500)
				for {
					if n, from, err := c.ReadFrom(buffer); err == nil {
						c.WriteTo(buffer[:n], from)
					}
				}
			}()
			continue
		}
		l, err := net.Listen(network, address)
		if err != nil {
			die(err)
		}
		if network == "unix" {
			os.Chmod(address, 0o777)
		}
		go func() {
			for {
				if c, err := l.Accept(); err == nil {
					c.Close()
				}
			}
		}()
	}
	select {}
}
