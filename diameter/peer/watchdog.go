package peer

import "time"

// Status is the state of a peer in RFC 3539 appendix A.
type Status uint8

const (
	// Initial: never connected.
	Initial Status = iota
	// Okay: the connection is up.
	Okay
	// Suspect: two intervals passed without a word.
	Suspect
	// Down: the connection is closed.
	Down
	// Reopen: a connection after a closed one, not yet trusted.
	Reopen
)

// WatchdogEvent is an event of the table in RFC 3539 appendix A.
type WatchdogEvent uint8

const (
	// ReceiveDWA is the answer to the pending DWR.
	ReceiveDWA WatchdogEvent = iota
	// ReceiveNonDWA is any other message.
	ReceiveNonDWA
	// TimerExpires: Watchdog.Deadline has come.
	TimerExpires
	// ConnectionUp: the CER was accepted.
	ConnectionUp
	// ConnectionDown: the connection is gone, for whatever reason.
	ConnectionDown
)

// WatchdogActions is a set of actions of that table. SetWatchdog is not among
// them: it shows in Watchdog.Deadline.
type WatchdogActions uint8

const (
	// SendWatchdog: send a DWR.
	SendWatchdog WatchdogActions = 1 << iota
	// CloseConnection: hang up without a DPR.
	CloseConnection
	// Failover and Failback are reported, and nothing else (see the package).
	Failover
	// Failback is the end of Failover.
	Failback
	// Throwaway: the message is no sign of health. It is answered all the
	// same (see the package).
	Throwaway
)

const (
	// DefaultTw is Twinit of RFC 3539 3.4.1: "The default value of Twinit is
	// 30 seconds."
	DefaultTw = 30 * time.Second
	// MinTw: "While Twinit MAY be set as low as 6 seconds (not including
	// jitter), it MUST NOT be set lower than this."
	MinTw = 6 * time.Second
	// jitter: "randomly adding a value drawn between -2 and 2 seconds".
	jitter = 2 * time.Second
)

// Watchdog is the peer control block of RFC 3539 appendix A. It belongs to the
// peer and outlives its connections. The zero value is INITIAL.
type Watchdog struct {
	status  Status
	pending bool
	numDWA  int
	expires time.Time
}

// Status returns the present state.
func (w *Watchdog) Status() Status { return w.status }

// Pending reports whether a DWR was sent and not yet answered.
func (w *Watchdog) Pending() bool { return w.pending }

// Deadline returns when TimerExpires is due.
func (w *Watchdog) Deadline() time.Time { return w.expires }

// Tick is what a step needs besides its event.
type Tick struct {
	// Now is the time of the event.
	Now time.Time
	// Tw is Twinit; MinTw at least.
	Tw time.Duration
	// Random is drawn evenly from [0, 1), anew for each step.
	Random float64
}

// set is SetWatchdog of appendix A: Tw = TWINIT - 2.0 + 4.0 * random().
func (w *Watchdog) set(t Tick) {
	w.expires = t.Now.Add(t.Tw - jitter + time.Duration(t.Random*float64(2*jitter)))
}
