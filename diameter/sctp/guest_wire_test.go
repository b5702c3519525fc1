//go:build sctpguest

package sctp_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// elsewhere is another network namespace: what do runs has its sockets there.
type elsewhere struct {
	work chan func()
}

// away makes a namespace, for the rest of the test.
func away(t testing.TB) *elsewhere {
	t.Helper()
	e := &elsewhere{work: make(chan func())}
	made := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine, and the
		// namespace with the last socket in it.
		runtime.LockOSThread()
		made <- unix.Unshare(unix.CLONE_NEWNET)
		for f := range e.work {
			f()
		}
	}()
	if err := <-made; err != nil {
		t.Fatalf("unshare: %v", err)
	}
	t.Cleanup(func() { close(e.work) })
	return e
}

func (e *elsewhere) do(f func()) {
	done := make(chan struct{})
	e.work <- func() {
		defer close(done)
		f()
	}
	<-done
}

// path is a wire between the two namespaces: two TUN devices, and a goroutine a
// direction that carries packets from one to the other. Cut, it carries none,
// and neither end is told: no link goes down, no route vanishes, as when a
// switch in between dies. It sees what SCTP really sent.
type path struct {
	cut  atomic.Bool
	lost chan seen // what a cut path did not carry, a packet each, as far as there is room
	ends [2]*os.File

	mu sync.Mutex // guards what follows
	// fromServer is what the server's end sent since the last look.
	fromServer seen
}

// seen is what went over a wire in one direction.
type seen struct {
	packets, data, unordered   int
	shutdowns, aborts, foreign int // foreign: DATA with a PPID other than 46
}

// newPath makes path number n, with 10.0.n.1 for the server here and 10.0.n.2
// for the client elsewhere. Each test has numbers of its own: an association
// that a test leaves behind may send its farewells for a while.
func newPath(t testing.TB, e *elsewhere, n, mtu int) *path {
	t.Helper()
	p := &path{lost: make(chan seen, 100)}
	p.ends[0] = tun(t, n, 1, mtu)
	e.do(func() { p.ends[1] = tun(t, n, 2, mtu) })
	var carriers sync.WaitGroup
	carriers.Go(func() { p.carry(0, 1) })
	carriers.Go(func() { p.carry(1, 0) })
	t.Cleanup(func() {
		p.ends[0].Close()
		p.ends[1].Close()
		carriers.Wait()
	})
	return p
}

func (p *path) carry(from, to int) {
	b := make([]byte, 64<<10)
	for {
		n, err := p.ends[from].Read(b)
		if err != nil {
			return
		}
		if p.cut.Load() {
			var lost seen
			lost.look(b[:n])
			select {
			case p.lost <- lost:
			default:
			}
			continue
		}
		if from == 0 {
			p.mu.Lock()
			p.fromServer.look(b[:n])
			p.mu.Unlock()
		}
		p.ends[to].Write(b[:n])
	}
}

// look returns what the server sent since the last look.
func (p *path) look() seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.fromServer
	p.fromServer = seen{}
	return s
}

// look goes through the chunks of an IPv4 packet (RFC 9260 3).
func (s *seen) look(packet []byte) {
	const sctpHeader = 12
	if len(packet) < 20 || packet[0]>>4 != 4 || packet[9] != unix.IPPROTO_SCTP {
		return
	}
	s.packets++
	head := int(packet[0]&15)*4 + sctpHeader
	for c := packet[min(head, len(packet)):]; len(c) >= 4; {
		length := int(binary.BigEndian.Uint16(c[2:]))
		switch c[0] {
		case 0: // DATA
			s.data++
			if c[1]&4 != 0 {
				s.unordered++
			}
			if binary.BigEndian.Uint32(c[12:]) != 46 {
				s.foreign++
			}
		case 6:
			s.aborts++
		case 7:
			s.shutdowns++
		}
		c = c[min(max(length+3, 4)&^3, len(c)):]
	}
}

// tun makes a TUN device in the namespace of the caller's thread.
func tun(t testing.TB, network, host, mtu int) *os.File {
	t.Helper()
	name := fmt.Sprint("path", network)
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := unix.NewIfreq(name)
	if err != nil {
		t.Fatal(err)
	}
	r.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, r); err != nil {
		t.Fatalf("TUNSETIFF of %s: %v", name, err)
	}
	configure(t, name, [4]byte{10, 0, byte(network), byte(host)}, mtu)
	return os.NewFile(uintptr(fd), name)
}

// configure gives a device of the namespace of the caller's thread an address,
// of a network of 256, and takes it up.
func configure(t testing.TB, name string, at [4]byte, mtu int) {
	t.Helper()
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(s)
	for _, c := range []struct {
		what    string
		request uint
		fill    func(*unix.Ifreq) error
	}{
		{"the address", unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(at[:]) }},
		{"the netmask", unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 255, 255, 0}) }},
		{"the MTU", unix.SIOCSIFMTU, func(r *unix.Ifreq) error { r.SetUint32(uint32(mtu)); return nil }},
		{"the flags", unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil }},
	} {
		r, err := unix.NewIfreq(name)
		if err == nil {
			err = c.fill(r)
		}
		if err == nil {
			err = unix.IoctlIfreq(s, c.request, r)
		}
		if err != nil {
			t.Fatalf("%s of %s: %v", c.what, name, err)
		}
	}
}
