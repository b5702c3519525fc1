package judge

import "strings"

// Level is how binding a requirement is.
type Level int

const (
	// Must is a requirement; a subject that does not keep it has failed.
	Must Level = iota
	// Should is a recommendation: not kept, it is a warning, and a failure
	// where the run is strict.
	Should
)

// String returns the word of RFC 2119.
func (l Level) String() string {
	if l == Should {
		return "SHOULD"
	}
	return "MUST"
}

// Case is one requirement and the way to try it.
type Case struct {
	// ID is the document, the clause and a name: rfc6733/5.3/relay.
	ID    string
	Level Level
	// Text is the requirement in our own words: one sentence.
	Text string
	// Needs are tried in their order; the first that is not met is why the
	// case does not run.
	Needs []Need
	// Alone: nothing else runs meanwhile, and it comes after what does not
	// ask for that. It is for what weighs on the subject.
	Alone bool
	// Last: it stops or breaks the subject, and so is alone, behind all others.
	Last bool
	// Slow: it waits for the subject's timers and does little else.
	Slow bool
	// Run tries it; see T.
	Run func(*T)
}

// Clause returns the document and the clause: rfc6733/5.3.
func (c *Case) Clause() string { return c.ID[:strings.LastIndexByte(c.ID, '/')] }

// in reports whether the case belongs to a section: a whole ID, or a document and
// clause above it (rfc6733, rfc6733/5, rfc6733/5.3).
func (c *Case) in(section string) bool {
	if c.ID == section {
		return true
	}
	rest, ok := strings.CutPrefix(c.ID, section)
	return ok && (rest[0] == '/' || rest[0] == '.')
}

// Need says why a case can't run, or nothing where it can.
type Need func(*Setup) (why string)

// NeedStream is met where the transport is a stream of octets, in which a message may come in
// pieces.
func NeedStream(s *Setup) string {
	if s.Transport == "sctp" {
		return "SCTP keeps messages apart: there are no segments to try"
	}
	return ""
}

// NeedTLS is met where the connection is one of TLS.
func NeedTLS(s *Setup) string {
	if s.Transport != "tls" {
		return "only over --transport tls"
	}
	return ""
}

// NeedEquipment is met where the subject was given the lists that subject.yaml tells of.
func NeedEquipment(s *Setup) string {
	if len(s.Subject.Equipment.Prohibited) == 0 {
		return "needs prepared equipment: see `conformance subject --init`, then --subject"
	}
	return ""
}

// NeedPair is met where the subject was given a pair of IMEI and IMSI.
func NeedPair(s *Setup) string {
	if s.Subject.Equipment.Pair.IMEI == "" {
		return "needs a prepared pair (equipment.pair in --subject)"
	}
	return ""
}

// NeedShortWatchdog is met where the subject's Tw is known and short enough to wait for.
func NeedShortWatchdog(s *Setup) string {
	tw := s.Subject.Declares.Watchdog
	switch {
	case tw == 0:
		return "needs shortened timers: declares.watchdog in --subject says the subject's Tw"
	case tw > LongestWatchdog:
		return "needs shortened timers: the subject's Tw is over " + LongestWatchdog.String()
	}
	return ""
}

// NeedCERTimeout is met where how long the subject waits for a CER is known.
func NeedCERTimeout(s *Setup) string {
	if s.Subject.Declares.CERTimeout == 0 {
		return "needs declares.cer_timeout in --subject"
	}
	return ""
}

// NeedMaxMessage is met where the subject's longest message is known.
func NeedMaxMessage(s *Setup) string {
	if s.Subject.Declares.MaxMessage == 0 {
		return "needs declares.max_message in --subject"
	}
	return ""
}

// NeedPeerTable is met where the subject refuses peers that it was not told of.
func NeedPeerTable(s *Setup) string {
	if !s.Subject.Declares.PeerTable {
		return "needs a subject with a peer table (declares.peer_table in --subject)"
	}
	return ""
}
