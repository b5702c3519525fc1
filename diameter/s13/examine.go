package s13

import "paperweight/diameter/wire"

// Limits of a message on the careful way. They are far above what an ECR
// through a chain of agents holds.
const (
	maxAVPs  = 512
	maxDepth = 8
)

// Examine validates a request and returns its first fault, or nil. Of a sound
// ECR, r then holds what Scan would have found; of another command it is left
// alone. msg is one whole message, as wire.Frame cut it, with the R bit set: an
// answer is never judged here.
//
// Its time is bounded by maxAVPs, whatever the length and the nesting.
func (id *Identity) Examine(msg []byte, r *Request) *Fault {
	h, g, f := id.open(msg)
	if f != nil {
		return f
	}
	if h.Command != wire.MEIdentityCheck {
		return id.walk(wire.AVPs(msg), g, func(wire.AVP) {})
	}
	return id.examineECR(msg, &h, g, r)
}

// open judges header and structure, and finds the grammar.
func (id *Identity) open(msg []byte) (wire.Header, grammar, *Fault) {
	h, ok := wire.ParseHeader(msg)
	switch {
	case ok && h.Version != wire.Version:
		return h, nil, FrameFault(&wire.Fault{Kind: wire.UnsupportedVersion})
	case !ok || int(h.Length) != len(msg):
		return h, nil, FrameFault(&wire.Fault{Kind: wire.InvalidMessageLength})
	case h.Flags&wire.FlagError != 0:
		// RFC 6733 3: the E bit "MUST NOT be set in request messages".
		return h, nil, &Fault{ResultCode: wire.DiameterInvalidHdrBits, Message: "E bit in a request"}
	}
	g, f := id.commands.of(h.App, h.Command)
	if f != nil {
		return h, nil, f
	}
	if bad := wire.Validate(msg, wire.Limits{AVPs: maxAVPs, Depth: maxDepth}, id.dictionary.grouped); bad != nil {
		return h, nil, id.dictionary.structural(bad)
	}
	return h, g, nil
}

// walk holds AVPs against a grammar and returns the first fault. It goes
// through all of them even so, and hands those that the grammar names to
// found, those inside a group before the group.
func (id *Identity) walk(c wire.Cursor, g grammar, found func(wire.AVP)) (first *Fault) {
	var (
		a    wire.AVP
		seen uint32
	)
	for c.Next(&a) {
		f := id.judge(&a, g, &seen, found)
		if first == nil {
			first = f
		}
	}
	for i := range g {
		if first == nil && g[i].required && seen&(1<<i) == 0 {
			first = id.dictionary.missing(&g[i])
		}
	}
	return first
}

// judge is one step of walk; seen has a bit for each rule that was met.
func (id *Identity) judge(a *wire.AVP, g grammar, seen *uint32, found func(wire.AVP)) *Fault {
	i := g.find(a.Code, a.Vendor)
	if i < 0 {
		// RFC 6733 4.1: with the M bit an AVP that is not understood gets an
		// error, without it the receiver "MAY simply ignore the AVP". A wrong
		// M bit on one that is understood is no fault (TS 29.272 7.3.1).
		if a.Mandatory() && !id.dictionary.knows(a.Code, a.Vendor) {
			return id.dictionary.offending(wire.DiameterAVPUnsupported, a, "not supported")
		}
		return nil
	}
	if *seen&(1<<i) != 0 && !g[i].many {
		// RFC 6733 7.1.5, 5009: "the first instance of the offending AVP that
		// exceeded the maximum number of occurrences".
		return id.dictionary.offending(wire.DiameterAVPOccursTooManyTimes, a, "occurs too many times")
	}
	*seen |= 1 << i
	if d := id.dictionary[wire.KeyOf(a.Code, a.Vendor)]; d.fixed && len(a.Data) != d.least {
		return id.dictionary.invalidLength(a.Code, a.Vendor, a.Flags, nil)
	}
	if v, ok := a.Uint32(); ok && g[i].below != 0 && v >= g[i].below {
		// RFC 6733 7: "A request with an AVP that is received with an
		// unrecognized value" gets 5004.
		return id.dictionary.offending(wire.DiameterInvalidAVPValue, a, "unknown value")
	}
	if g[i].inside != nil {
		if f := id.walk(a.AVPs(), g[i].inside, found); f != nil {
			f.wrap(a)
			return f
		}
	}
	found(*a)
	return nil
}

// examineECR fills r and puts routing before the faults of single AVPs: an
// agent that sent the request astray must learn that, whatever else is wrong.
func (id *Identity) examineECR(msg []byte, h *wire.Header, g grammar, r *Request) *Fault {
	*r = Request{Flags: h.Flags, HopByHop: h.HopByHop, EndToEnd: h.EndToEnd, Priority: id.own.DefaultPriority}
	var routing route
	var hasPriority bool // of this and OC-Supported-Features, the first counts
	f := id.walk(wire.AVPs(msg), g, func(a wire.AVP) {
		switch a.Code {
		case wire.SessionID:
			r.SessionID = a.Data
		case wire.OriginHost:
			r.OriginHost = a.Data
		case wire.OriginRealm:
			r.OriginRealm = a.Data
		case wire.DestinationHost:
			r.DestinationHost = a.Data
			routing.otherHost = !SameName(a.Data, id.own.OriginHost)
		case wire.DestinationRealm:
			routing.otherRealm = !SameName(a.Data, id.own.OriginRealm)
		case wire.RouteRecord:
			r.Routed = true
			routing.loop = routing.loop || SameName(a.Data, id.own.OriginHost)
		case wire.IMEI:
			r.IMEI = a.Data
		case wire.SoftwareVersion:
			r.SoftwareVersion = a.Data
		case wire.UserName:
			r.UserName = a.Data
		case wire.DRMP:
			if !hasPriority {
				r.Priority, hasPriority = id.priority(a.Data), true
			}
		case wire.OCSupportedFeatures:
			if !r.Features {
				r.Loss, _ = supportsLoss(a.Data)
				r.Features = true
			}
		case wire.ProxyInfo:
			r.addProxyInfo(msg, a.Offset, a.Offset+len(a.Raw))
		}
	})
	if routed := routing.fault(); routed != nil {
		return routed
	}
	return f
}

// route is where a request was meant to go.
type route struct{ loop, otherHost, otherRealm bool }

func (r *route) fault() *Fault {
	switch {
	case r.loop:
		// RFC 6733 6.1.3: "A loop is detected if the server finds its own
		// identity in a Route-Record AVP."
		return &Fault{ResultCode: wire.DiameterLoopDetected, Message: "Route-Record names this node"}
	case r.otherRealm:
		return &Fault{ResultCode: wire.DiameterRealmNotServed, Message: "Destination-Realm is not served here"}
	case r.otherHost:
		return &Fault{ResultCode: wire.DiameterUnableToDeliver, Message: "Destination-Host is not this node"}
	}
	return nil
}
