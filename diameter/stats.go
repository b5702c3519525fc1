package diameter

import (
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// Stats are the counters of a Server since New: connections that are gone are
// in them.
type Stats struct {
	// Statuses and Rules count the checks that were answered, by what was
	// answered and by what decided it.
	Statuses [eir.NumStatuses]uint64
	Rules    [eir.NumRules]uint64
	// Forms counts the identities that were asked about, by class.
	Forms [eir.NumForms]uint64
	// PairSkipped counts the checks for which an exception by IMSI exists
	// and no IMSI was sent.
	PairSkipped uint64
	// Shadowed counts the checks that were answered permitted in shadow mode
	// and would have been answered otherwise.
	Shadowed uint64
	// Shed counts the checks that were refused for overload.
	Shed Shed
	// Foreign counts the checks from realms that may not ask.
	Foreign uint64
	// Unrouted counts the checks that were answered though their Origin-Host is
	// not the peer's that delivered them and no Route-Record says that it
	// forwards for others. The laboratory's are not counted.
	Unrouted uint64
	// Answers counts every answer sent, by Result-Code or Experimental-
	// Result-Code, in the order of ResultCodes.
	Answers [len(ResultCodes)]uint64
	// Dropped counts the answers received that answer nothing of ours.
	Dropped uint64

	MessagesIn, MessagesOut uint64
	BytesIn, BytesOut       uint64
	// Batches counts the reads that brought at least one whole message.
	Batches uint64

	// Refused counts the connections that came to nothing, by Cause.
	Refused [NumCauses]uint64
	// CertificateExpires is when this node's certificate for TLS does; zero
	// where there is none.
	CertificateExpires time.Time
	// Connections and Peers are how many there are now: transport
	// connections, and those of them that are open peers'.
	Connections, Peers int
}

// ResultCodes are the codes that this node answers with, the usual first.
var ResultCodes = [...]uint32{
	wire.DiameterSuccess, wire.DiameterErrorEquipmentUnknown,
	wire.DiameterAuthorizationRejected, wire.DiameterInvalidAVPValue, wire.DiameterMissingAVP, wire.DiameterUnableToComply,
	wire.DiameterCommandUnsupported, wire.DiameterUnableToDeliver, wire.DiameterRealmNotServed,
	wire.DiameterTooBusy, wire.DiameterLoopDetected, wire.DiameterApplicationUnsupported,
	wire.DiameterInvalidHdrBits, wire.DiameterUnknownPeer, wire.DiameterAVPUnsupported,
	wire.DiameterAVPOccursTooManyTimes, wire.DiameterNoCommonApplication,
	wire.DiameterUnsupportedVersion, wire.DiameterInvalidAVPLength,
	wire.DiameterInvalidMessageLength, wire.DiameterNoCommonSecurity,
}

// ShedCauses are why a check was refused with 3004 or 5012: the rate of its peer
// (Peer.MaxRate), that of the node (Config.MaxRate), or that it had waited too
// long (Config.MaxBacklog).
var ShedCauses = [...]string{"peer-rate", "node-rate", "backlog"}

// Shed counts checks that were refused for overload, by ShedCauses.
type Shed [len(ShedCauses)]uint64

// MarshalJSON writes an object of the causes.
func (s Shed) MarshalJSON() ([]byte, error) {
	causes := make(map[string]uint64, len(s))
	for i, n := range s {
		causes[ShedCauses[i]] = n
	}
	return json.Marshal(causes)
}

// counters are one connection's. Its goroutine counts in plain words, and once
// a batch shows what changed.
type counters [numCounters]uint64

// Places in counters.
const (
	countMessagesIn = iota
	countMessagesOut
	countBytesIn
	countBytesOut
	countBatches
	countDropped
	countPairSkipped
	countShadowed
	countForeign
	countUnrouted
	countShed
	countStatus = countShed + len(ShedCauses)
	countRule   = countStatus + eir.NumStatuses
	countForm   = countRule + eir.NumRules
	countAnswer = countForm + eir.NumForms
	numCounters = countAnswer + len(ResultCodes)
)

func (c *counters) add(d *counters) {
	for i, n := range d {
		c[i] += n
	}
}

// answer counts an answer with a result code.
func (c *counters) answer(code uint32) {
	c[countMessagesOut]++
	if i := slices.Index(ResultCodes[:], code); i >= 0 {
		c[countAnswer+i]++
	}
}

// verdict counts a check and the code it was answered with.
func (c *counters) verdict(v *eir.Verdict, code uint32) {
	c.answer(code)
	c[countStatus+int(v.Status)]++
	c[countRule+int(v.Rule)]++
	c[countForm+int(v.Form)]++
	if v.PairSkipped {
		c[countPairSkipped]++
	}
	if v.Answer() != v.Status {
		c[countShadowed]++
	}
}

// load is what a peer brought: the checks that were answered, and those that were
// refused for overload.
type load struct {
	checks uint64
	shed   Shed
}

// add adds what a connection counted.
func (l *load) add(count func(place int) uint64) {
	for i := range eir.NumStatuses {
		l.checks += count(countStatus + i)
	}
	for i := range l.shed {
		l.shed[i] += count(countShed + i)
	}
}

// shown is what other goroutines may see of a connection.
type shown struct {
	state, watchdog atomic.Uint32
	counters        [numCounters]atomic.Uint64
	// reduction is what the last overload report asks for, in percent, and
	// reductionUntil until when that counts, in Unix nanoseconds.
	reduction      atomic.Uint32
	reductionUntil atomic.Int64
}

// reduced is the reduction that is asked for at a time.
func (s *shown) reduced(now time.Time) uint32 {
	if now.UnixNano() >= s.reductionUntil.Load() {
		return 0
	}
	return s.reduction.Load()
}

// publish shows the counters. A load costs as much as any other, a store far
// more; so only what changed is stored.
func (s *shown) publish(c *counters) {
	for i := range c {
		if n := c[i]; n != s.counters[i].Load() {
			s.counters[i].Store(n)
		}
	}
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.past
	for c := range s.conns {
		for i := range sum {
			sum[i] += c.shown.counters[i].Load()
		}
	}
	st := Stats{
		PairSkipped: sum[countPairSkipped], Shadowed: sum[countShadowed], Dropped: sum[countDropped],
		MessagesIn: sum[countMessagesIn], MessagesOut: sum[countMessagesOut],
		BytesIn: sum[countBytesIn], BytesOut: sum[countBytesOut],
		Batches: sum[countBatches], Refused: s.refused, Connections: len(s.conns),
	}
	st.Foreign, st.Unrouted = sum[countForeign], sum[countUnrouted]
	copy(st.Shed[:], sum[countShed:])
	copy(st.Statuses[:], sum[countStatus:])
	copy(st.Rules[:], sum[countRule:])
	copy(st.Forms[:], sum[countForm:])
	copy(st.Answers[:], sum[countAnswer:])
	for _, e := range s.table.entries {
		if e.conn != nil {
			st.Peers++
		}
	}
	if c := s.certificates.Load(); c != nil {
		st.CertificateExpires = c.Expire()
	}
	return st
}
