package load

import (
	"bytes"
	"net"
	"sync/atomic"
	"testing"

	"paperweight/conformance/mme"
)

// An answer is taken once, by the request that waits for it, also where the
// identifiers have come round.
func TestClaim(t *testing.T) {
	for _, put := range []uint64{1, 5, idRange - 1, idRange, idRange + 3, 3 * idRange} {
		m := &member{slots: make([]atomic.Uint64, 16)}
		m.put.Store(put)
		for n := put - min(put, 16); n < put; n++ {
			m.slots[n%16].Store(n + 1)
		}
		for n := put - min(put, 16); n < put; n++ {
			hop, end := ids(n)
			if hop == 0 {
				t.Fatalf("request %d has the Hop-by-Hop Identifier 0", n)
			}
			msg := bytes.Clone(answer)
			mme.SetIDs(msg, hop, end+1)
			if got, ok := m.claim(msg); ok {
				t.Errorf("another End-to-End: taken for %d", got)
			}
			mme.SetIDs(msg, hop, end)
			if got, ok := m.claim(msg); got != n || !ok {
				t.Errorf("after %d: request %d was taken for %d, %v", put, n, got, ok)
			}
			if _, ok := m.claim(msg); ok {
				t.Errorf("request %d was taken twice", n)
			}
		}
		msg := bytes.Clone(answer)
		hop, end := ids(put)
		mme.SetIDs(msg, hop, end)
		if _, ok := m.claim(msg); ok && put < idRange {
			t.Errorf("after %d: one that was not sent is taken", put)
		}
	}
}

// A DWR is answered, so that an idle connection stays; what else a target asks
// is not for us.
func TestReply(t *testing.T) {
	near, far := net.Pipe()
	s := &stream{Conn: near}
	if answered, err := s.reply(mme.AppendCER(nil, client, loopback), client); answered || err != nil {
		t.Errorf("a CER: %v, %v", answered, err)
	}
	dwr := mme.AppendDPR(nil, client)
	copy(dwr[5:8], []byte{0, 1, 24}) // Device-Watchdog
	mme.SetIDs(dwr, 7, 8)
	failed := make(chan error, 1)
	go func() {
		_, err := s.reply(dwr, client)
		failed <- err
	}()
	dwa, err := (&stream{Conn: far}).wait()
	if err != nil || mme.IsRequest(dwa) || !mme.IsWatchdog(dwa) {
		t.Fatalf("%x, %v; want a DWA", dwa, err)
	}
	hop, end := mme.IDs(dwa)
	a, err := mme.ReadAnswer(dwa)
	if hop != 7 || end != 8 || a.Result != success || err != nil || <-failed != nil {
		t.Errorf("%d %d %+v %v", hop, end, a, err)
	}
}

// However little the kernel takes at once, all arrives, in order.
func TestEager(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEager(near)
	if err != nil {
		t.Fatal(err)
	}
	chunk := make([]byte, 100_003)
	var sent []byte
	for i := 0; e.waiting.Load() < 1<<20; i++ {
		for j := range chunk {
			chunk[j] = byte(i + j)
		}
		if n, err := e.Write(chunk); n != len(chunk) || err != nil {
			t.Fatal(n, err)
		}
		sent = append(sent, chunk...)
	}
	got := make([]byte, 0, len(sent))
	for buf := make([]byte, 1<<16); len(got) < len(sent); {
		if err := e.push(); err != nil {
			t.Fatal(err)
		}
		n, err := far.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !bytes.Equal(got, sent) || e.waiting.Load() != 0 {
		t.Errorf("%d octets arrived of %d, %d wait", len(got), len(sent), e.waiting.Load())
	}
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(chunk); err == nil {
		t.Error("a write to a closed connection succeeded")
	}
}
