package diameter

import (
	"time"

	"paperweight/diameter/s13"
)

// realms are those whose checks are answered, in lower case; nil is any. S13 never
// crosses the operator's border, so a request from another realm is a mistake in
// somebody's routing or an attack, whoever delivers it.
type realms map[string]string

// newRealms are the realms of the peers, our own, and those that more names.
func newRealms(cfg *Config) *realms {
	if cfg.AnyLoopback {
		return nil
	}
	r := realms{}
	add := func(s string) { r[key(s)] = key(s) }
	add(cfg.OriginRealm)
	for _, s := range cfg.Realms {
		add(s)
	}
	for _, p := range cfg.Peers {
		add(p.Realm)
	}
	return &r
}

// foreign reports whether the request comes from a realm that may not ask. It
// allocates nothing.
func (c *conn) foreign() bool {
	if c.realms == nil {
		return false
	}
	// None was let in yet where lastRealm is empty, and an empty Origin-Realm
	// is none of ours.
	if c.lastRealm != "" && s13.SameName(c.req.OriginRealm, c.lastRealm) {
		return false
	}
	var space [255]byte
	if len(c.req.OriginRealm) > len(space) {
		return true
	}
	lower := space[:copy(space[:], c.req.OriginRealm)]
	for i, b := range lower {
		if b >= 'A' && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	known, ok := (*c.realms)[string(lower)] // which copies nothing
	if ok {
		c.lastRealm = known
	}
	return !ok
}

// alarmEvery bounds how often a connection tells of requests from foreign realms:
// the counter has each of them.
const alarmEvery = time.Minute

// refuseForeign answers a request from a realm that may not ask.
func (c *conn) refuseForeign() {
	c.count[countForeign]++
	if f := c.srv.events.ForeignRealm; f != nil && c.now.Sub(c.alarmed) >= alarmEvery {
		c.alarmed = c.now
		f(c.host, clip(string(c.req.OriginHost)), clip(string(c.req.OriginRealm)))
	}
	var code uint32
	c.out, code = c.srv.id.AppendForeign(c.out, &c.req)
	c.count.answer(code)
}

// unrouted counts a check in the name of another than the peer, without the
// Route-Record that RFC 6733 6.1.9 has an agent add. It is answered all the same:
// agents that hide their network's topology take these out, and whoever lies could
// as well put one in, so the Route-Record proves nothing.
func (c *conn) unrouted() {
	c.count[countUnrouted]++
	if f := c.srv.events.Unrouted; f != nil && !c.toldUnrouted {
		f(c.host, clip(string(c.req.OriginHost)))
	}
	c.toldUnrouted = true
}
