package judge

import (
	"fmt"
	"time"
)

// Drive is how the subject is brought to where it refuses, fails and stops. All
// of it is optional, and what is missing is why cases are not run.
type Drive struct {
	// PeerRate is how many checks a second the subject answers one peer, and
	// NodeRate how many it answers all of them: what exceeds it is refused.
	// Zero: no such bound, or not known.
	PeerRate int `yaml:"peer_rate"`
	NodeRate int `yaml:"node_rate"`
	// Commands are run by sh, as whoever runs the suite.
	Commands Commands `yaml:"commands"`
	// Within bounds each command, and the wait for a subject that was started.
	Within time.Duration `yaml:"within"`
	// Unread is prohibited equipment that the subject can only know of by
	// reading its store: nothing but the cases that break the store asks about
	// it, each about the next.
	Unread []string `yaml:"unread"`
}

// Commands are lines for a shell that drive the subject. Stop ends it in order,
// and Start begins it anew with what it knew; BreakStore makes reads of its
// lists fail while it runs, and MendStore undoes that.
type Commands struct {
	Stop       string `yaml:"stop"`
	Start      string `yaml:"start"`
	BreakStore string `yaml:"break_store"`
	MendStore  string `yaml:"mend_store"`
}

// Rate is the lowest rate that exceeds a bound of the subject, in checks a
// second; zero where none is known.
func (d *Drive) Rate() int {
	if d.PeerRate > 0 && (d.NodeRate == 0 || d.PeerRate < d.NodeRate) {
		return d.PeerRate
	}
	return d.NodeRate
}

// HighestRate is the most that the suite is asked to exceed, in checks a second.
const HighestRate = 20_000

func (d *Drive) check() error {
	for name, rate := range map[string]int{"peer_rate": d.PeerRate, "node_rate": d.NodeRate} {
		if rate != 0 && (rate < 100 || rate > HighestRate) {
			return fmt.Errorf("drive.%s: %d is not from 100 to %d checks a second, which this suite can exceed and tell from chance; 0 is no bound", name, rate, HighestRate)
		}
	}
	c := &d.Commands
	switch {
	case (c.Stop == "") != (c.Start == ""):
		return fmt.Errorf("drive.commands: stop and start belong together")
	case (c.BreakStore == "") != (c.MendStore == ""):
		return fmt.Errorf("drive.commands: break_store and mend_store belong together")
	case c.BreakStore != "" && len(d.Unread) == 0:
		return fmt.Errorf("drive.unread is empty: what is asked about while the store is broken must not lie in a cache")
	case d.Within <= 0:
		return fmt.Errorf("drive.within: %v is no time for a command", d.Within)
	}
	for _, imei := range d.Unread {
		if !digits(imei, 14) {
			return fmt.Errorf("drive.unread: %q is not an IMEI of 14 digits, without check digit", imei)
		}
	}
	return nil
}

// NeedRate is met where it is known what the subject can be flooded with.
func NeedRate(s *Setup) string {
	if s.Subject.Drive.Rate() == 0 {
		return "needs a subject with a bound on checks a second (drive.peer_rate or drive.node_rate in --subject)"
	}
	return ""
}

// NeedPeerRate is met where a flood of one peer is no matter of the others.
func NeedPeerRate(s *Setup) string {
	d := &s.Subject.Drive
	if d.PeerRate == 0 || d.Rate() != d.PeerRate {
		return "needs a subject with a bound on the checks of each peer, below that of the node (drive.peer_rate in --subject)"
	}
	return ""
}

// NeedStop is met where the suite may stop the subject and start it again.
func NeedStop(s *Setup) string {
	if s.Subject.Drive.Commands.Stop == "" {
		return "needs commands that stop the subject and start it again (drive.commands in --subject)"
	}
	return ""
}

// NeedBreakStore is met where the suite may break the subject's store and mend
// it.
func NeedBreakStore(s *Setup) string {
	if s.Subject.Drive.Commands.BreakStore == "" {
		return "needs commands that break the subject's store and mend it (drive.commands in --subject)"
	}
	return ""
}
