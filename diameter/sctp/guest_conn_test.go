//go:build sctpguest

package sctp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"paperweight/diameter"
	"paperweight/diameter/sctp"
)

// pair is both ends of an association.
func pair(t testing.TB) (net.Conn, *client) {
	t.Helper()
	l := listen(t, sctp.Config{Addresses: addresses("127.0.0.1:0")})
	c := dial(t, l.Addrs()[0])
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(hang))
	return nc, c
}

// pairOver is both ends of an association over a wire.
func pairOver(t testing.TB, number, mtu int) (net.Conn, *client) {
	t.Helper()
	e := away(t)
	newPath(t, e, number, mtu)
	l := listen(t, sctp.Config{Addresses: addresses(fmt.Sprintf("10.0.%d.1:0", number))})
	c := e.dial(t, l.Addrs()[0])
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(hang))
	return nc, c
}

// long is a message of n octets.
func long(t testing.TB, n int, with byte) []byte {
	b := ecr(t, 0)
	b = append(b, bytes.Repeat([]byte{with}, n-len(b))...)
	b[1], b[2], b[3] = byte(n>>16), byte(n>>8), byte(n)
	return b
}

// A message that the buffer can't hold comes in pieces, all of it, and the next
// one after it.
func TestLongMessages(t *testing.T) {
	nc, c := pair(t)
	if err := unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 4<<20); err != nil {
		t.Fatal(err)
	}
	var want []byte
	// The last is longer than what the kernel keeps for a reader.
	for i, n := range []int{60 << 10, 256, 1000, 4, 40000, 500 << 10} {
		m := long(t, max(n, 252), byte(i))
		want = append(want, m...)
		c.send(m)
	}
	for _, piece := range []int{1, 3, 1000, 7, 1 << 20} {
		b := make([]byte, piece)
		n, err := nc.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b[:n], want[:n]) {
			t.Fatalf("after %d octets others came than were sent", len(want))
		}
		want = want[n:]
	}
	for len(want) > 0 {
		b := make([]byte, 999)
		n, err := nc.Read(b)
		if err != nil {
			t.Fatalf("%d octets before the end: %v", len(want), err)
		}
		if !bytes.Equal(b[:n], want[:n]) {
			t.Fatal("other octets than were sent")
		}
		want = want[n:]
	}
}

// A Diameter message in two SCTP messages is refused: others may come between.
func TestTornMessage(t *testing.T) {
	nc, c := pair(t)
	m := ecr(t, 1)
	c.send(m, m[:100], m[100:])
	b := make([]byte, 64<<10)
	n := 0
	for {
		k, err := nc.Read(b[n:])
		n += k
		if errors.Is(err, sctp.ErrTorn) {
			break
		}
		if err != nil {
			t.Fatalf("%v, want ErrTorn", err)
		}
	}
	if n != len(m)+100 {
		t.Errorf("%d octets before it", n)
	}
	nc.Close()
	// RFC 6733 2.1: closed by "an SCTP ABORT message".
	if err := c.ended(); !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("the peer sees %v, want an ABORT", err)
	}
}

// Several Diameter messages in one SCTP message are taken, as argued at boundary.
func TestBundledByThePeer(t *testing.T) {
	nc, c := pair(t)
	want := bytes.Join([][]byte{ecr(t, 1), ecr(t, 2), ecr(t, 3)}, nil)
	c.send(want)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(nc, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, %x", err, got)
	}
}

// Once CloseWrite's SHUTDOWN is complete, Read says so: who lingers until then
// waits no longer.
func TestCloseWrite(t *testing.T) {
	nc, c := pair(t)
	c.send(ecr(t, 1))
	if err := nc.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := c.ended(); err != nil {
		t.Errorf("the peer sees %v, want a SHUTDOWN", err)
	}
	c.file.Close()
	if b, err := io.ReadAll(nc); err != nil || !bytes.Equal(b, ecr(t, 1)) {
		t.Errorf("%v after %x, want an end after the message", err, b)
	}
}

// A peer that ends the association behind its requests can't be answered any
// more; that is its doing, and told as such.
func TestShutdownBehindRequests(t *testing.T) {
	nc, c := pair(t)
	c.send(ecr(t, 1), ecr(t, 2))
	if err := unix.Shutdown(c.fd, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(nc)
	if err != nil || len(b) != 2*len(ecr(t, 1)) {
		t.Errorf("%d octets, then %v", len(b), err)
	}
	if _, err := nc.Write(b); !errors.Is(err, sctp.ErrUnanswered) {
		t.Errorf("answering: %v, want ErrUnanswered", err)
	}
}

// Deadlines pass, and one that another goroutine sets wakes the reader; so does
// Close.
func TestDeadlinesAndClose(t *testing.T) {
	nc, _ := pair(t)
	b := make([]byte, 10)
	nc.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := nc.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, want a deadline", err)
	}
	for _, wake := range []struct {
		by   func()
		want error
	}{
		{func() { nc.SetReadDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
		{func() { nc.Close() }, net.ErrClosed},
	} {
		nc.SetReadDeadline(time.Time{})
		woken := make(chan error)
		go func() {
			_, err := nc.Read(b)
			woken <- err
		}()
		wake.by()
		if err := await(t, woken); !errors.Is(err, wake.want) {
			t.Errorf("%v, want %v", err, wake.want)
		}
	}
}

// Close wakes Accept, and the address is free for the next.
func TestCloseListener(t *testing.T) {
	l := listen(t, sctp.Config{Addresses: addresses("127.0.0.1:0", "127.0.0.3:0")})
	at := l.Addrs()
	if len(at) != 2 || at[0].Port() != at[1].Port() || at[0].Port() == 0 {
		t.Fatalf("listens on %v", at)
	}
	if _, err := sctp.Listen(sctp.Config{Addresses: at}); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("the same addresses again: %v", err)
	}
	c := dial(t, at[1])
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	woken := make(chan error)
	go func() {
		_, err := l.Accept()
		woken <- err
	}()
	l.Close()
	if err := await(t, woken); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	c.send(ecr(t, 1))
	if n, err := nc.Read(make([]byte, 1000)); n == 0 || err != nil {
		t.Errorf("the association went with the listener: %v", err)
	}
	nc.Close()
	listen(t, sctp.Config{Addresses: at})
}

// An address that is not this machine's is named.
func TestListenElsewhere(t *testing.T) {
	_, err := sctp.Listen(sctp.Config{Addresses: addresses("127.0.0.1:0", "192.0.2.1:0")})
	if !errors.Is(err, unix.EADDRNOTAVAIL) || !strings.Contains(err.Error(), " 192.0.2.1:0: ") {
		t.Errorf("%v", err)
	}
}

// A peer that does not read blocks the writer until its deadline; one that
// reads in the end gets every message, though the system's default of what is
// kept for it is less than a long packet's messages occupy.
func TestSlowReader(t *testing.T) {
	sysctl(t, "net/core/wmem_default", "16384")
	batch := bytes.Repeat(ecr(t, 1), 200)
	late := func(t *testing.T, nc net.Conn, c *client) {
		wrote := make(chan error)
		const batches = 12 // 600 kB, several times what the kernel keeps
		go func() {
			for range batches {
				if err := nc.(diameter.MessageWriter).WriteMessages(batch); err != nil {
					wrote <- err
					return
				}
			}
			wrote <- nil
		}()
		for i := range batches * 200 {
			if b, err := c.read(); err != nil || !bytes.Equal(b, ecr(t, 1)) {
				t.Fatalf("message %d: %v, %x", i, err, b)
			}
		}
		if err := await(t, wrote); err != nil {
			t.Error(err)
		}
	}
	// Packets of each size: see jumbo.
	t.Run("late", func(t *testing.T) {
		nc, c := pair(t)
		late(t, nc, c)
	})
	for i, mtu := range []int{1500, 9000, 15000} {
		t.Run(fmt.Sprint("late ", mtu), func(t *testing.T) {
			nc, c := pairOver(t, 10+i, mtu)
			late(t, nc, c)
		})
	}
	t.Run("never", func(t *testing.T) {
		nc, _ := pair(t)
		nc.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		for {
			if err := nc.(diameter.MessageWriter).WriteMessages(batch); err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%v, want a deadline", err)
				}
				return
			}
		}
	})
}

// What is no whole message is not sent.
func TestWriteRefusesPieces(t *testing.T) {
	nc, _ := pair(t)
	if _, err := nc.Write(ecr(t, 1)[:100]); err == nil {
		t.Error("a piece of a message was sent")
	}
}

// Reading and answering allocate nothing, one by one and in batches.
func TestAllocations(t *testing.T) {
	nc, c := pair(t)
	request, b := ecr(t, 1), make([]byte, 64<<10)
	w := nc.(diameter.MessageWriter)
	for _, batch := range []int{1, 50} {
		answers := bytes.Repeat(request, batch)
		exchange := func() {
			for range batch {
				if _, err := unix.Write(c.fd, request); err != nil {
					t.Fatal(err)
				}
			}
			for n := 0; n < len(answers); {
				k, err := nc.Read(b)
				if err != nil {
					t.Fatal(err)
				}
				n += k
			}
			if err := w.WriteMessages(answers); err != nil {
				t.Fatal(err)
			}
			for n := 0; n < batch; {
				switch _, err := unix.Read(c.fd, b); err {
				case nil:
					n++
				case unix.EAGAIN:
				default:
					t.Fatal(err)
				}
			}
		}
		exchange()
		exchange() // the second message makes answers unordered
		if n := testing.AllocsPerRun(50, exchange); n != 0 {
			t.Errorf("a batch of %d allocates %v times", batch, n)
		}
	}
}
