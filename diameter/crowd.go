package diameter

import "net/netip"

// crowd is the connections that have not yet said who they are: before their CER,
// over TLS before the end of their handshake too, on whatever transport. So that
// they keep no peer out they have a share of Config.MaxConns, and each host of
// them a share of that. Server.mu guards it.
type crowd struct {
	strangers int // those from addresses that no peer's Addresses name
	hosts     map[netip.Addr]int
}

// room reports whether one more may come from an address, which named peers name
// alone.
func (w *crowd) room(cfg *Config, from netip.Addr, stranger bool, named int) bool {
	quarter := max(1, cfg.MaxConns/4)
	there := w.hosts[hostOf(from)]
	if stranger {
		return w.strangers < quarter && there < cfg.MaxUnidentified
	}
	return there < max(quarter, named)
}

// enter counts c.
func (w *crowd) enter(c *conn) {
	c.crowded = true
	w.hosts[hostOf(c.remote.Addr())]++
	if c.unfamiliar {
		w.strangers++
	}
}

// leave takes c off, once it has said who it is or is gone.
func (w *crowd) leave(c *conn) {
	if !c.crowded {
		return
	}
	c.crowded = false
	host := hostOf(c.remote.Addr())
	if w.hosts[host]--; w.hosts[host] == 0 {
		delete(w.hosts, host)
	}
	if c.unfamiliar {
		w.strangers--
	}
}

// hostOf is what one host may have of addresses: one, or in IPv6 a /64.
func hostOf(a netip.Addr) netip.Addr {
	if a.Is6() {
		net, _ := a.Prefix(64) // which no address of IPv6 is too short for
		return net.Addr()
	}
	return a
}
