package judge

import (
	"fmt"
	"strings"
)

// A Prepared file tells some EIR what the cases expect of it.
type Prepared struct {
	Name, Doc string
	Text      string
}

// invented returns n IMEIs of an invented TAC (00..., which no phone has).
func invented(tac string, n int) []string {
	imeis := make([]string, n)
	for i := range imeis {
		imeis[i] = fmt.Sprintf("%s%06d", tac, 7*i+1)
	}
	return imeis
}

// Prepare returns a subject with invented equipment, and the files that bring an
// EIR there. The suite calls from an address.
func Prepare(realm, address string) (Subject, []Prepared) {
	s := DefaultSubject()
	s.Realm = realm
	s.Peers.Realm = realm
	s.Equipment = Equipment{
		Prohibited: invented("00100101", 8), Tracked: invented("00100102", 8),
		Permitted: invented("00100103", 8), Unknown: invented("00100104", 8),
		Pair: PairedEquipment{IMEI: "00100105000001", IMSI: "001010000000001", OtherIMSI: "001010000000002"},
	}
	return s, []Prepared{
		{"subject.yaml", "what the suite is told of your EIR: complete it", s.yaml()},
		{"paperweight.csv", "all lists, in the format of paperweight", s.ownCSV()},
		{"20260101_000000_blacklist.csv", "prohibited equipment, as DIRBS-Core writes it", s.blacklistCSV()},
		{"20260101_000000_notifications_suite.csv", "tracked equipment, as DIRBS-Core writes it", s.notificationsCSV()},
		{"20260101_000000_exceptions_suite.csv", "the pair, as DIRBS-Core writes it", s.exceptionsCSV()},
		{"peers.yaml", "the peers to admit, as paperweight's diameter.peers", s.peersYAML(address)},
	}
}

func (s *Subject) yaml() string {
	list := func(imeis []string) string { return `["` + strings.Join(imeis, `", "`) + `"]` }
	e := &s.Equipment
	return fmt.Sprintf(`# What the conformance suite knows of the EIR it judges. Unknown keys are errors.

# The EIR's Origin-Host and Origin-Realm; where empty, its first CEA tells.
host: ""
realm: %q

# Who the suite says it is: an EIR with a peer table must admit %s
# up to %s (see peers.yaml). Each case uses another identity.
peers: {prefix: %s, realm: %q, count: %d}

# Equipment of an invented TAC, 14 digits each. Load it first: the CSV files
# beside this one say the same. What is unknown is on no list.
equipment:
  prohibited: %s
  tracked: %s
  permitted: %s
  unknown: %s
  # Prohibited, but permitted with this IMSI. Where the EIR knows no pairs, delete it.
  pair: {imei: %q, imsi: %q, other_imsi: %q}

# How the EIR is set up, and what the specifications leave to it. What is not
# told here is not judged, and cases that need it are reported as not run.
declares:
  # Its Tw (RFC 3539); the cases wait for no more than %s. 6s is the least.
  watchdog: 0s
  # Its wait for a connection's first message.
  cer_timeout: 0s
  # The longest message that it takes, in octets.
  max_message: 0
  # It refuses peers that are not in its table.
  peer_table: false
  # Its answer for equipment on no list: unknown (5422), permitted, tracked, prohibited.
  unknown: unknown
  # Its answer for the pair where the ECR has no IMSI; empty: any.
  no_imsi: ""
  # Its answer while its lists can't be read: unable (5012), permitted, tracked,
  # prohibited, unknown; empty: any error.
  store_failure: ""
  # Its answer by class of malformed identity: invalid (5004, or 5005 where it
  # is absent), permitted, tracked, prohibited, unknown. Classes: absent, empty, blank, null, too_short,
  # too_long, hexadecimal, symbols, letters, other_octets, all_zero, repeated_digit, svn.
  malformed: {}

# How the EIR is brought to where it refuses, fails and stops. All is optional.
drive:
  # How many checks a second it answers one peer, and how many it answers all of
  # them: the suite sends four times the lower for some seconds. 0: no bound. Set the
  # EIR's to 1000 or more, so that no other case meets it; at most %d.
  peer_rate: 0
  node_rate: 0
  # Lines for sh, run as whoever runs the suite, in the folder where it was
  # started, and only behind all cases that need none. A command that ends with
  # another status than 0 fails its case, which shows what it said.
  commands:
    # Ends the EIR in order (systemctl stop eir), and begins it anew with all that
    # it knew (systemctl start eir). It has begun when it lets a peer in; it must
    # have its lists by then.
    stop: ""
    start: ""
    # Make it unable to read its lists while it runs, and able again.
    break_store: ""
    mend_store: ""
  # Bounds each command, and the wait for an EIR that was started.
  within: 30s
  # Prohibited equipment that nobody asks about while the store is well, so that
  # no cache holds it: four or more, not beside each other.
  unread: []
`, s.Realm, s.Peers.Name(1), s.Peers.Name(s.Peers.Count), s.Peers.Prefix, s.Peers.Realm, s.Peers.Count,
		list(e.Prohibited), list(e.Tracked), list(e.Permitted), list(e.Unknown),
		e.Pair.IMEI, e.Pair.IMSI, e.Pair.OtherIMSI, LongestWatchdog, HighestRate)
}

func (s *Subject) ownCSV() string {
	var b strings.Builder
	b.WriteString("imei,imsi,status,reason\n")
	e := &s.Equipment
	for _, list := range []struct {
		status string
		imeis  []string
	}{{"prohibited", append(e.Prohibited[:len(e.Prohibited):len(e.Prohibited)], e.Pair.IMEI)}, {"tracked", e.Tracked}, {"permitted", e.Permitted}} {
		for _, imei := range list.imeis {
			fmt.Fprintf(&b, "%s,,%s,conformance suite\n", imei, list.status)
		}
	}
	fmt.Fprintf(&b, "%s,%s,permitted,conformance suite\n", e.Pair.IMEI, e.Pair.IMSI)
	return b.String()
}

func (s *Subject) blacklistCSV() string {
	var b strings.Builder
	b.WriteString("imei,block_date,reasons\n")
	for _, imei := range append(s.Equipment.Prohibited[:len(s.Equipment.Prohibited):len(s.Equipment.Prohibited)], s.Equipment.Pair.IMEI) {
		fmt.Fprintf(&b, "%s,20260101,conformance suite\n", imei)
	}
	return b.String()
}

func (s *Subject) notificationsCSV() string {
	var b strings.Builder
	b.WriteString("imei,imsi,msisdn,block_date,reasons,amnesty_granted\n")
	for _, imei := range s.Equipment.Tracked {
		fmt.Fprintf(&b, "%s,,,20991231,conformance suite,False\n", imei)
	}
	return b.String()
}

func (s *Subject) exceptionsCSV() string {
	return fmt.Sprintf("imei,imsi\n%s,%s\n", s.Equipment.Pair.IMEI, s.Equipment.Pair.IMSI)
}

func (s *Subject) peersYAML(address string) string {
	var b strings.Builder
	b.WriteString("diameter:\n  peers:\n")
	for i := 1; i <= s.Peers.Count; i++ {
		fmt.Fprintf(&b, "    - {host: %s, realm: %s, addresses: [%q]}\n", s.Peers.Name(i), s.Peers.Realm, address)
	}
	return b.String()
}
