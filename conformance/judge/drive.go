package judge

import "fmt"

// Drive is how the subject is brought to where it refuses, fails and stops. All
// of it is optional, and what is missing is why cases are not run.
type Drive struct {
	// PeerRate is how many checks a second the subject answers one peer, and
	// NodeRate how many it answers all of them: what exceeds it is refused.
	// Zero: no such bound, or not known.
	PeerRate int `yaml:"peer_rate"`
	NodeRate int `yaml:"node_rate"`
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
