package peer

import "strings"

// The names are those of the tables, so that logs and transcripts can be held
// against them.

var stateNames = [...]string{"WaitCER", "R-Open", "Closing", "Closed"}

func (s State) String() string { return name(stateNames[:], uint8(s)) }

// MarshalText writes the name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var eventNames = [...]string{
	"R-Conn-CER", "R-Conn-CER(open elsewhere)", "R-Conn-CER(refused)", "R-Rcv-Message", "R-Rcv-DWR",
	"R-Rcv-DWA", "R-Rcv-DPR", "R-Rcv-DPA", "Stop", "R-Peer-Disc", "Timeout",
}

func (e Event) String() string { return name(eventNames[:], uint8(e)) }

var actionNames = [...]string{
	"R-Snd-CEA", "Process", "R-Snd-DWA", "R-Snd-DPR", "R-Snd-DPA", "R-Reject", "R-Disc", "Error",
}

func (a Actions) String() string { return set(actionNames[:], uint(a)) }

var statusNames = [...]string{"INITIAL", "OKAY", "SUSPECT", "DOWN", "REOPEN"}

func (s Status) String() string { return name(statusNames[:], uint8(s)) }

// MarshalText writes the name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var watchdogEventNames = [...]string{
	"Receive DWA", "Receive non-DWA", "Timer expires", "Connection up", "Connection down",
}

func (e WatchdogEvent) String() string { return name(watchdogEventNames[:], uint8(e)) }

var watchdogActionNames = [...]string{
	"SendWatchdog", "CloseConnection", "Failover", "Failback", "Throwaway",
}

func (a WatchdogActions) String() string { return set(watchdogActionNames[:], uint(a)) }

func name(names []string, n uint8) string {
	if int(n) < len(names) {
		return names[n]
	}
	return "?"
}

func set(names []string, bits uint) string {
	var on []string
	for i, n := range names {
		if bits&(1<<i) != 0 {
			on = append(on, n)
		}
	}
	if on == nil {
		return "-"
	}
	return strings.Join(on, ", ")
}
