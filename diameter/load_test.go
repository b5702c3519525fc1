package diameter

import (
	"encoding/json"
	"testing"
	"time"

	"paperweight/diameter/wire"
)

// Who is refused for overload, why, and how much less it is asked to send: of each
// peer, across its connections.
func TestPeersShowTheirLoad(t *testing.T) {
	cfg := lab()
	cfg.Peers = []Peer{
		{Host: "calm.epc.example.org", Realm: "epc.example.org"},
		{Host: "mme.epc.example.org", Realm: "epc.example.org", MaxRate: 1},
	}
	s, err := New(cfg, byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	connect := func() *conn {
		c := newConn(s, &tape{}, addrPort(loopback))
		c.in = make([]byte, bufferSize)
		c.w = copy(c.in, cer("mme.epc.example.org", "epc.example.org", wire.AppS13))
		c.batch()
		return c
	}
	// The first check of a rate is let in, whatever the rate.
	ask := func(c *conn, at time.Time, count int) {
		c.now = at
		for i := range uint32(count) {
			c.w += copy(c.in[c.w:], ecr(i, "00101700000003"))
		}
		c.batch()
		c.shown.publish(&c.count)
	}
	load := func() PeerState {
		t.Helper()
		all := s.Peers()
		if calm := all[0]; calm.Checks != 0 || calm.Shed != (Shed{}) || calm.OverloadReduction != 0 {
			t.Errorf("who did not ask: %+v", calm)
		}
		return all[1]
	}
	c := connect()
	began := time.Now()
	ask(c, began, 100)
	if p := load(); p.Checks != 1 || p.Shed != (Shed{99}) || p.OverloadReduction != 0 {
		t.Errorf("at once: %d answered, %v refused, %d %% less", p.Checks, p.Shed, p.OverloadReduction)
	}
	ask(c, began.Add(time.Second), 1)
	if p := load(); p.OverloadReduction != 90 {
		t.Errorf("after a second: %d %% less", p.OverloadReduction)
	}
	if r := c.shown.reduced(began.Add((reportValidity + 1) * time.Second)); r != 0 {
		t.Errorf("when the report has expired: %d %%", r)
	}
	before := load()
	s.forget(c)
	if p := load(); p.Checks != before.Checks || p.Shed != before.Shed || p.OverloadReduction != 0 {
		t.Errorf("without a connection: %+v after %+v", p, before)
	}
	ask(connect(), began.Add(time.Minute), 10)
	p := load()
	if p.Checks != before.Checks+1 || p.Shed[0] != before.Shed[0]+9 {
		t.Errorf("the next connection: %+v after %+v", p, before)
	}
	text, err := json.Marshal(p.Shed)
	if want := `{"backlog":0,"node-rate":0,"peer-rate":108}`; err != nil || string(text) != want {
		t.Errorf("shown as %s, %v", text, err)
	}
}
