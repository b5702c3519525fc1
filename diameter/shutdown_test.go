package diameter

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

func TestPeerParts(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	// What it asked before is answered before.
	m.send(ecr(1, "00101700000003"), dpr(2))
	if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
		t.Errorf("ECA: %d", code)
	}
	if code := m.result(wire.DisconnectPeer); code != wire.DiameterSuccess {
		t.Errorf("DPA: %d", code)
	}
	// RFC 6733 5.4: it is the receiver of the DPA that disconnects.
	m.conn.Close()
	if err := await(t, n.closed); !errors.Is(err, errParted) || !strings.Contains(err.Error(), "Disconnect-Cause 0") {
		t.Errorf("closed: %v", err)
	}
}

// A peer that parts and then does not hang up is not waited for for ever.
func TestPeerPartsAndStays(t *testing.T) {
	cfg := lab()
	cfg.CloseTimeout = 20 * time.Millisecond
	n := start(t, cfg, byLastDigit)
	m := n.open(t)
	m.send(dpr(1))
	m.result(wire.DisconnectPeer)
	m.ended()
	await(t, n.closed)
}

func TestShutdownParts(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	await(t, n.opened)
	waiting := n.dial(t) // nobody yet: there is no one to part from
	for n.Stats().Connections < 2 {
		time.Sleep(time.Millisecond)
	}
	down := make(chan error, 1)
	go func() { down <- n.Shutdown(context.Background()) }()
	waiting.ended()
	refusedFor(t, n, ShuttingDown)

	request := m.request(wire.DisconnectPeer)
	// What crosses our DPR is still answered, a DWR as well as a check.
	m.send(ecr(1, "00101700000003"), dwr(2))
	if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
		t.Errorf("ECA: %d", code)
	}
	m.result(wire.DeviceWatchdog)
	stranger := answerTo(request)
	stranger[15]++ // another Hop-by-Hop: not the DPA we wait for
	m.send(stranger, ecr(3, "00101700000003"))
	m.result(wire.MEIdentityCheck)
	m.send(answerTo(request))
	m.ended()
	if err := await(t, n.closed); err != errParted {
		t.Errorf("closed: %v", err)
	}
	if err := await(t, down); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// A peer that never answers the DPR is left after CloseTimeout, and one whose
// socket is stuck when the context ends.
func TestShutdownIsBounded(t *testing.T) {
	cfg := lab()
	cfg.CloseTimeout = 20 * time.Millisecond
	n := start(t, cfg, byLastDigit)
	n.open(t)
	await(t, n.opened)
	if err := n.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := await(t, n.closed); err != errNoDPA {
		t.Errorf("closed: %v", err)
	}

	cfg.CloseTimeout = time.Hour
	n = start(t, cfg, byLastDigit)
	n.open(t)
	await(t, n.opened)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := n.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
}

// Under load, every request that was sent before the DPA is answered.
func TestShutdownLosesNoCheck(t *testing.T) {
	cfg := lab()
	cfg.CloseTimeout = time.Hour
	n := start(t, cfg, checkFunc(func(eir.Query) eir.Verdict {
		return eir.Verdict{Status: eir.Permitted, Rule: eir.RuleExact}
	}))
	m := n.open(t)
	await(t, n.opened)
	shutdownLosesNoCheck(t, n, m)
}

func shutdownLosesNoCheck(t *testing.T, n *node, m *mme) {
	t.Helper()
	parting := make(chan []byte, 1)
	sent := make(chan uint32, 1)
	go func() { // asks until it reads the DPR, then finishes with a DPA
		for i := uint32(1); ; i++ {
			select {
			case request := <-parting:
				m.conn.Write(answerTo(request))
				sent <- i - 1
				return
			default:
				m.conn.Write(ecr(i, goldenIMEI))
			}
		}
	}()
	down := make(chan error, 1)
	answered := uint32(0)
	for msg := m.read(); msg != nil; msg = m.read() {
		h, _ := wire.ParseHeader(msg)
		if h.Request() {
			parting <- msg
			continue
		}
		if answered++; h.HopByHop != answered {
			t.Fatalf("answer %d is to %d", answered, h.HopByHop)
		}
		if answered == 2000 {
			go func() { down <- n.Shutdown(context.Background()) }()
		}
	}
	if asked := await(t, sent); answered != asked {
		t.Errorf("%d asked, %d answered", asked, answered)
	}
	if err := await(t, down); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// A peer that asks and never reads holds its own goroutine and a bounded
// output; the others do not notice, and it is disconnected.
func TestSlowReader(t *testing.T) {
	cfg := lab()
	cfg.WriteTimeout = 100 * time.Millisecond
	n := start(t, cfg, byLastDigit)
	slow := n.dial(t)
	slow.exchange("slow.epc.example.org", "epc.example.org")
	stuck := make(chan error, 1)
	go func() {
		batch := make([]byte, 0, 64<<10)
		for len(batch) < 60<<10 {
			batch = append(batch, ecr(1, goldenIMEI)...)
		}
		for {
			if _, err := slow.conn.Write(batch); err != nil {
				stuck <- err
				return
			}
		}
	}()
	m := n.open(t)
	for {
		m.send(ecr(1, "00101700000003"))
		if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
			t.Fatalf("the other peer: %d", code)
		}
		select {
		case err := <-n.closed:
			if err != errSlowReader {
				t.Errorf("closed: %v", err)
			}
			await(t, stuck)
			return
		default:
		}
	}
}

// A DPR without its cause is answered, and the peer is still there.
func TestMalformedDPRPartsNobody(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	m.send(message(wire.FlagRequest, wire.DisconnectPeer, 1, fromMME))
	if code := m.result(wire.DisconnectPeer); code != wire.DiameterMissingAVP {
		t.Errorf("DPA: %d", code)
	}
	m.send(ecr(2, "00101700000003"))
	if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
		t.Errorf("ECA: %d", code)
	}
}
