package peer

import "time"

// State is a state of one connection. RFC 6733 5.6.1 keeps the wait for the
// CER apart from the table of 5.6; here it is the first state.
type State uint8

const (
	// WaitCER: accepted by the transport, nobody yet.
	WaitCER State = iota
	// ROpen: a peer, in service.
	ROpen
	// Closing: a DPR was sent or received.
	Closing
	// Closed: the end. No event leads out of it.
	Closed
)

// Event is something that happened on a connection (RFC 6733 5.6.2).
type Event uint8

const (
	// ConnCER is R-Conn-CER: a CER that is acceptable.
	ConnCER Event = iota
	// ConnCEROfOpen is R-Conn-CER for a peer that is open on another
	// connection.
	ConnCEROfOpen
	// ConnCERRefused is a CER that is answered with an error.
	ConnCERRefused
	// RcvMessage is a message other than CER, DWR, DPR and answers to ours.
	RcvMessage
	// RcvDWR is a watchdog request.
	RcvDWR
	// RcvDWA is the answer to our DWR.
	RcvDWA
	// RcvDPR is the peer's wish to part.
	RcvDPR
	// RcvDPA is the answer to our DPR.
	RcvDPA
	// Stop: this node wishes to part.
	Stop
	// PeerDisc: the transport is gone, or the watchdog gave it up.
	PeerDisc
	// Timeout: Machine.Deadline has come.
	Timeout
)

// Actions is a set of things to do, in the order in which they are declared
// (RFC 6733 5.6.3).
type Actions uint16

const (
	// SndCEA: send the CEA, with success or with the error found.
	SndCEA Actions = 1 << iota
	// Process: service the message.
	Process
	// SndDWA: answer the DWR.
	SndDWA
	// SndDPR: send a DPR.
	SndDPR
	// SndDPA: answer the DPR.
	SndDPA
	// Reject: disconnect the new connection; the open one lives on.
	Reject
	// Disc: disconnect once everything written is on its way.
	Disc
	// Error: disconnect for an error; nothing is left to say.
	Error
)

// Hangup is every action that ends the connection.
const Hangup = Reject | Disc | Error

// Timeouts bound the two waits of a Machine.
type Timeouts struct {
	// CER is the wait for a new connection's first message.
	CER time.Duration
	// Close is the wait for the DPA to our DPR, and for the peer to hang up
	// after our DPA to its DPR.
	Close time.Duration
}

// Machine is the state machine of one connection.
type Machine struct {
	state    State
	deadline time.Time
	timeouts Timeouts
}

// NewMachine returns the machine of a connection accepted now.
func NewMachine(now time.Time, t Timeouts) Machine {
	return Machine{state: WaitCER, deadline: now.Add(t.CER), timeouts: t}
}

// State returns the present state.
func (m *Machine) State() State { return m.state }

// Deadline returns when a Timeout is due; zero where none is.
func (m *Machine) Deadline() time.Time { return m.deadline }

func (m *Machine) to(s State, deadline time.Time) { m.state, m.deadline = s, deadline }

// Step takes one event. Events that no row names change nothing and ask for
// nothing: an answer nobody waits for, a Stop of what is already stopping.
func (m *Machine) Step(now time.Time, e Event) Actions {
	switch m.state {
	case WaitCER:
		return m.waitCER(e)
	case ROpen:
		return m.open(now, e)
	case Closing:
		return m.closing(e)
	}
	return 0
}

// waitCER has the rows of 5.6.1 and those of 5.6 for R-Conn-CER, which depend
// on the state in which the peer is found: Closed or R-Open.
func (m *Machine) waitCER(e Event) Actions {
	switch e {
	//  Closed           R-Conn-CER       R-Accept,        R-Open
	//                                    Process-CER,
	//                                    R-Snd-CEA
	case ConnCER:
		m.to(ROpen, time.Time{})
		return SndCEA

	//  R-Open           R-Conn-CER       R-Reject         R-Open
	//
	// R-Reject is a disconnection and no more: no result code of 7.1 says
	// "you are here already", and a wrong one would make the peer give up.
	case ConnCEROfOpen:
		m.to(Closed, time.Time{})
		return Reject

	// RFC 6733 5.3: "a CEA MAY be issued with the Result-Code AVP set to
	// DIAMETER_UNKNOWN_PEER. In both cases, the transport connection is
	// closed." The same holds for no common application or security.
	case ConnCERRefused:
		m.to(Closed, time.Time{})
		return SndCEA | Disc

	// 5.6.1: "SHOULD close and discard the connection if any message other
	// than a CER arrives or if an implementation-defined timeout occurs
	// prior to receipt of CER."
	default:
		m.to(Closed, time.Time{})
		return Error
	}
}

func (m *Machine) open(now time.Time, e Event) Actions {
	switch e {
	//  R-Open           R-Rcv-Message    Process          R-Open
	case RcvMessage:
		return Process

	//  R-Open           R-Rcv-DWR        Process-DWR,     R-Open
	//                                    R-Snd-DWA
	case RcvDWR:
		return SndDWA

	//  R-Open           R-Rcv-DWA        Process-DWA      R-Open
	case RcvDWA:
		return Process

	// A CER of the same peer on the open connection has no row. RFC 3588 had
	// "R-Rcv-CER, R-Snd-CEA, R-Open", and nodes written to it may say again
	// what they said before: that is answered the same way again.
	case ConnCER:
		return SndCEA

	// One that says something else (another host, other applications) can't
	// be agreed to: who was admitted is not who is talking now.
	case ConnCERRefused, ConnCEROfOpen:
		m.to(Closed, time.Time{})
		return SndCEA | Disc

	//  R-Open           Stop             R-Snd-DPR        Closing
	case Stop:
		m.to(Closing, now.Add(m.timeouts.Close))
		return SndDPR

	//  R-Open           R-Rcv-DPR        R-Snd-DPA        Closing
	case RcvDPR:
		m.to(Closing, now.Add(m.timeouts.Close))
		return SndDPA

	//  R-Open           R-Peer-Disc      R-Disc           Closed
	case PeerDisc:
		m.to(Closed, time.Time{})
		return Disc
	}
	return 0
}

func (m *Machine) closing(e Event) Actions {
	switch e {
	//  Closing          R-Rcv-DPA        R-Disc           Closed
	//
	// 5.4: "The receiver of the Disconnect-Peer-Answer message initiates the
	// transport disconnect."
	case RcvDPA:
		m.to(Closed, time.Time{})
		return Disc

	//  Closing          Timeout          Error            Closed
	case Timeout:
		m.to(Closed, time.Time{})
		return Error

	//  Closing          R-Peer-Disc      R-Disc           Closed
	case PeerDisc:
		m.to(Closed, time.Time{})
		return Disc

	// The table has no row for what was sent before our DPR was read. A
	// phone waits behind each of these requests, and 5.6 binds only what
	// peers see; so what arrives before the DPA is answered (the drain).
	case RcvMessage:
		return Process

	// The peer may still ask for a sign of life, or wish to part as well.
	case RcvDWR:
		return SndDWA
	case RcvDPR:
		return SndDPA
	}
	return 0
}
