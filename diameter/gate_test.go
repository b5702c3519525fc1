package diameter

import (
	"errors"
	"strings"
	"testing"
	"time"

	"paperweight/diameter/s13"
	"paperweight/diameter/wire"
	"paperweight/eir"
)

// with adds AVPs to a message.
func with(msg []byte, fill func([]byte) []byte) []byte {
	msg = fill(msg)
	wire.FinishMessage(msg, 0)
	return msg
}

func prioritised(hop uint32, p uint32) []byte {
	return with(ecr(hop, "00101700000003"), func(b []byte) []byte { return wire.AppendUint32(b, wire.DRMP, 0, 0, p) })
}

// tally reads count answers and counts them by result.
func (m *mme) tally(count int) map[uint32]int {
	m.t.Helper()
	codes := map[uint32]int{}
	for range count {
		codes[m.result(wire.MEIdentityCheck)]++
	}
	return codes
}

// about reports whether got is n, and no more than what a rate added meanwhile.
func about(n, got, rate int, since time.Time) bool {
	return got >= n && got <= n+int(time.Since(since).Seconds()*float64(rate))+1
}

// What exceeds a peer's rate is answered all the same: 3004, or 5012 to whoever
// asked for this very node. What is of higher priority still gets in.
func TestRateOfAPeer(t *testing.T) {
	cfg := lab()
	cfg.Peers = []Peer{{Host: "mme.epc.example.org", Realm: "epc.example.org", MaxRate: 160}}
	n := start(t, cfg, byLastDigit)
	m := n.open(t)
	var usual, urgent [][]byte
	for i := range uint32(200) {
		usual = append(usual, ecr(i, "00101700000003"))
		urgent = append(urgent, prioritised(i, 0))
	}
	began := time.Now()
	m.send(usual...)
	if got := m.tally(200); !about(60, got[wire.DiameterSuccess], 160, began) || got[wire.DiameterSuccess]+got[wire.DiameterTooBusy] != 200 {
		t.Errorf("of a second's 160 the default priority may use 6/16: %v", got)
	}
	m.send(urgent...)
	if got := m.tally(200); !about(100, got[wire.DiameterSuccess], 160, began) || got[wire.DiameterSuccess]+got[wire.DiameterTooBusy] != 200 {
		t.Errorf("and the highest the rest: %v", got)
	}
	named := with(ecr(1, "00101700000003"), func(b []byte) []byte {
		return wire.AppendAVP(b, wire.DestinationHost, 0, wire.FlagMandatory, "eir.epc.example.org")
	})
	m.send(append(usual, named, dwr(2))...)
	if m.tally(200); m.result(wire.MEIdentityCheck) != wire.DiameterUnableToComply {
		t.Error("to who named us: not 5012")
	}
	m.result(wire.DeviceWatchdog) // is no check

	other := n.dial(t)
	other.exchange("other.epc.example.org", "epc.example.org")
	other.send(usual...)
	if got := other.tally(200); got[wire.DiameterSuccess] != 200 {
		t.Errorf("another peer: %v", got)
	}
	n.counted(t, func(s Stats) bool { return s.Shed[0] > 0 && s.Shed[1]+s.Shed[2] == 0 })
}

// The rate of the node is shared: what one peer has used, another can't.
func TestRateOfTheNode(t *testing.T) {
	cfg := lab()
	cfg.MaxRate = 1600
	n := start(t, cfg, byLastDigit)
	total, began := 0, time.Now()
	for _, host := range []string{"a.epc.example.org", "b.epc.example.org"} {
		m := n.dial(t)
		m.exchange(host, "epc.example.org")
		var all [][]byte
		for i := range uint32(1000) {
			all = append(all, ecr(i, "00101700000003"))
		}
		m.send(all...)
		total += m.tally(1000)[wire.DiameterSuccess]
	}
	if !about(600, total, 1600, began) {
		t.Errorf("%d were answered of 2000 at once, want 6/16 of 1600", total)
	}
	n.counted(t, func(s Stats) bool { return s.Shed[1] == uint64(2000-total) })
}

// Rates change under open connections: the node's and a peer's, from the next batch
// on, and back to none.
func TestRatesChange(t *testing.T) {
	cfg := lab()
	peer := Peer{Host: "mme.epc.example.org", Realm: "epc.example.org", Addresses: prefixes("127.0.0.0/8")}
	cfg.Peers = []Peer{peer}
	n := start(t, cfg, byLastDigit)
	m := n.open(t)
	for _, c := range []struct {
		name       string
		node, peer int
		refused    bool
	}{{"none", 0, 0, false}, {"the node's", 1, 0, true}, {"none again", 0, 0, false}, {"the peer's", 0, 1, true}, {"none at the end", 0, 0, false}} {
		peer.MaxRate = c.peer
		if err := errors.Join(n.SetMaxRate(c.node), n.SetPeers([]Peer{peer}, nil)); err != nil {
			t.Fatal(err)
		}
		var all [][]byte
		for i := range uint32(100) {
			all = append(all, ecr(i, "00101700000003"))
		}
		m.send(all...)
		if got := m.tally(100); (got[wire.DiameterTooBusy] > 0) != c.refused {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if err := n.SetMaxRate(-1); err == nil || !strings.Contains(err.Error(), "max rate -1") {
		t.Errorf("a rate below 0: %v", err)
	}
}

// A line that stands because checks are slow is refused, but for what is of the
// highest priority; then it is gone, and who comes next is answered.
func TestStandingLineIsRefused(t *testing.T) {
	cfg := lab()
	cfg.MaxBacklog = 20 * time.Millisecond
	n := start(t, cfg, checkFunc(func(q eir.Query) eir.Verdict {
		spin(50 * time.Microsecond)
		return byLastDigit(q)
	}))
	m := n.open(t)
	const count = 4000
	go func() {
		var all []byte
		for i := range uint32(count) {
			if i%100 == 0 {
				all = append(all, prioritised(0, 0)...)
			} else {
				all = append(all, ecr(i, "00101700000003")...)
			}
		}
		m.conn.Write(all)
	}()
	answered, refused := 0, 0
	for range count {
		msg := m.read()
		h, _ := wire.ParseHeader(msg)
		switch code := resultCode(msg); {
		case code == wire.DiameterSuccess:
			answered++
		case code == wire.DiameterTooBusy && h.HopByHop != 0:
			refused++
		default:
			t.Fatalf("answer to %d: %d", h.HopByHop, code)
		}
	}
	if refused < count/10 || answered < count/100 {
		t.Errorf("%d answered, %d refused", answered, refused)
	}
	// The line's last ones may still be answered when the next comes.
	for more := 1; ; more++ {
		m.send(ecr(1, "00101700000003"))
		if m.result(wire.MEIdentityCheck) == wire.DiameterSuccess {
			break
		}
		if refused++; more == 10_000 {
			t.Fatal("after the line: none of many, one after the other, was answered")
		}
	}
	n.counted(t, func(s Stats) bool { return s.Shed[2] == uint64(refused) })
}

func ask100k(m *mme, count int) {
	batch := make([]byte, 0, 1<<20)
	for i := range count {
		if batch = append(batch, ecr(uint32(i), goldenIMEI)...); len(batch) > 1<<19 {
			m.conn.Write(batch)
			batch = batch[:0]
		}
	}
	m.conn.Write(batch)
}

// Each priority may use its share of a second, and no more; a rate so low that
// no share holds a request lets in one after a rest.
func TestShares(t *testing.T) {
	for p := range uint8(s13.Priorities) {
		b := bucket{cost: costOf(1600)}
		taken := 0
		for ; b.takes(p); taken++ {
			b.debt += b.cost
		}
		if taken != 100*(16-int(p)) {
			t.Errorf("priority %d: %d", p, taken)
		}
		b = bucket{cost: costOf(1)}
		if !b.takes(p) {
			t.Errorf("priority %d: none at one a second", p)
		}
	}
}

// spin keeps a core busy, as a check does that has to look far.
func spin(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}
