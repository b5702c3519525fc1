//go:build sctpguest

package sctp_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// link is a veth pair between the two namespaces: all of it is the kernel's. What
// goes over it nobody here sees; path is for that.
type link struct {
	t           testing.TB
	e           *elsewhere
	name        string
	here, there int // its ends' index
}

// newLink makes link number n, with addresses as newPath's.
func newLink(t testing.TB, e *elsewhere, n int) *link {
	t.Helper()
	l := &link{t: t, e: e, name: fmt.Sprint("link", n)}
	var space *os.File
	e.do(func() {
		var err error
		if space, err = os.Open("/proc/thread-self/ns/net"); err != nil {
			t.Fatal(err)
		}
	})
	defer space.Close()
	const vethPeer = 1 // VETH_INFO_PEER
	name := attribute(unix.IFLA_IFNAME, []byte(l.name+"\x00"))
	other := join(make([]byte, unix.SizeofIfInfomsg), name, attribute(unix.IFLA_NET_NS_FD, number(uint32(space.Fd()))))
	netlink(t, unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, join(make([]byte, unix.SizeofIfInfomsg), name,
		attribute(unix.IFLA_LINKINFO, join(
			attribute(unix.IFLA_INFO_KIND, []byte("veth")),
			attribute(unix.IFLA_INFO_DATA, attribute(vethPeer, other))))))
	l.here = l.up(1, n)
	e.do(func() { l.there = l.up(2, n) })
	t.Cleanup(func() {
		netlink(t, unix.RTM_DELLINK, 0, ifInfo(l.here, 0, 0))
	})
	return l
}

// up gives an end its address and returns its index.
func (l *link) up(host, n int) int {
	configure(l.t, l.name, [4]byte{10, 0, byte(n), byte(host)}, 1500)
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		l.t.Fatal(err)
	}
	defer unix.Close(s)
	r, err := unix.NewIfreq(l.name)
	if err == nil {
		err = unix.IoctlIfreq(s, unix.SIOCGIFINDEX, r)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return int(r.Uint32())
}

// both does something to each end, in its namespace.
func (l *link) both(do func(index int)) {
	do(l.here)
	l.e.do(func() { do(l.there) })
}

// lose has every packet lost, both ways, and neither end is told: as when a
// switch in between dies.
func (l *link) lose() {
	// struct tc_netem_qopt: latency, limit, loss, gap, duplicate, jitter.
	all := join(number(0), number(1000), number(math.MaxUint32), make([]byte, 12))
	l.both(func(index int) {
		netlink(l.t, unix.RTM_NEWQDISC, unix.NLM_F_CREATE|unix.NLM_F_REPLACE,
			join(queue(index), attribute(unix.TCA_KIND, []byte("netem\x00")), attribute(unix.TCA_OPTIONS, all)))
	})
}

// find ends lose.
func (l *link) find() {
	l.both(func(index int) { netlink(l.t, unix.RTM_DELQDISC, 0, queue(index)) })
}

// down takes the other end down, as when a peer's port or cable fails: here the
// carrier is gone, there the route as well.
func (l *link) down() {
	l.e.do(func() { netlink(l.t, unix.RTM_NEWLINK, 0, ifInfo(l.there, 0, unix.IFF_UP)) })
}

// mend ends down.
func (l *link) mend() {
	l.e.do(func() { netlink(l.t, unix.RTM_NEWLINK, 0, ifInfo(l.there, unix.IFF_UP, unix.IFF_UP)) })
}

// came is how many packets arrived here.
func (l *link) came() int {
	text, err := os.ReadFile("/sys/class/net/" + l.name + "/statistics/rx_packets")
	if err != nil {
		l.t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}

// What follows is rtnetlink(7), as far as it is needed.

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func number(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }

// attribute is struct rtattr with its data, padded.
func attribute(kind uint16, data []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(unix.SizeofRtAttr+len(data)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, data...)
	return append(b, make([]byte, -len(data)&3)...)
}

// ifInfo is struct ifinfomsg.
func ifInfo(index int, flags, change uint32) []byte {
	return join(make([]byte, 4), number(uint32(index)), number(flags), number(change))
}

// queue is struct tcmsg for the root of a device's queues.
func queue(index int) []byte {
	const handle, root = 1 << 16, math.MaxUint32 // 1:0, TC_H_ROOT
	return join(make([]byte, 4), number(uint32(index)), number(handle), number(root), number(0))
}

// netlink sends a request in the namespace of the caller's thread and wants its
// acknowledgement.
func netlink(t testing.TB, request, flags uint16, body []byte) {
	t.Helper()
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(s)
	if err := unix.SetsockoptTimeval(s, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: int64(hang / time.Second)}); err != nil {
		t.Fatal(err)
	}
	b := number(uint32(unix.SizeofNlMsghdr + len(body)))
	b = binary.NativeEndian.AppendUint16(b, request)
	b = binary.NativeEndian.AppendUint16(b, flags|unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	b = join(b, number(1), number(0), body)
	if err := unix.Sendto(s, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 8<<10)
	n, _, err := unix.Recvfrom(s, answer, 0)
	if err != nil || n < unix.SizeofNlMsghdr+4 {
		t.Fatalf("request %d: %d octets, %v", request, n, err)
	}
	if code := int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])); code != 0 {
		t.Fatalf("request %d: %v", request, unix.Errno(-code))
	}
}
