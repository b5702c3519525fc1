package judge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// MalformedClasses are the classes of identities that are none, as
// declares.malformed names them.
var MalformedClasses = []string{
	"absent", "empty", "blank", "null", "too_short", "too_long", "hexadecimal", "symbols", "letters", "other_octets",
	"all_zero", "repeated_digit", "svn",
}

// LongestWatchdog is the longest Tw that the cases of RFC 3539 wait for.
const LongestWatchdog = 10 * time.Second

// Subject is what is known of the subject: the contents of subject.yaml.
type Subject struct {
	// Host and Realm are its Origin-Host and Origin-Realm. Where they are
	// empty, its first CEA tells.
	Host  string `yaml:"host"`
	Realm string `yaml:"realm"`
	// Peers are who we say that we are.
	Peers Peers `yaml:"peers"`
	// Equipment is what the subject's lists say; without it the cases that
	// need an answer known beforehand are not run.
	Equipment Equipment `yaml:"equipment"`
	// Declares is what the specifications leave to the subject, and how it is
	// set up.
	Declares Declarations `yaml:"declares"`
	// Drive is how it is brought to where it refuses, fails and stops.
	Drive Drive `yaml:"drive"`
}

// Peers are the identities of the suite: Prefix001.Realm up to Count. A subject
// with a peer table must admit them all.
type Peers struct {
	Prefix string `yaml:"prefix"`
	// Realm is ours; empty: the subject's.
	Realm string `yaml:"realm"`
	Count int    `yaml:"count"`
}

// Name returns the Origin-Host of the identity i, counted from 1.
func (p Peers) Name(i int) string { return fmt.Sprintf("%s%03d.%s", p.Prefix, i, p.Realm) }

// Equipment is IMEIs of 14 digits by what the subject's lists say.
type Equipment struct {
	Prohibited []string `yaml:"prohibited"`
	Tracked    []string `yaml:"tracked"`
	Permitted  []string `yaml:"permitted"`
	// Unknown are on no list.
	Unknown []string `yaml:"unknown"`
	// Pair is prohibited, but permitted with an IMSI.
	Pair PairedEquipment `yaml:"pair"`
}

// PairedEquipment is an IMEI that is prohibited for all but one IMSI.
type PairedEquipment struct {
	IMEI      string `yaml:"imei"`
	IMSI      string `yaml:"imsi"`
	OtherIMSI string `yaml:"other_imsi"`
}

// Declarations are the choices and settings of a subject.
type Declarations struct {
	// Watchdog is its Tw (RFC 3539), CERTimeout its wait for a CER. Zero:
	// not known, so what needs them is not run.
	Watchdog   time.Duration `yaml:"watchdog"`
	CERTimeout time.Duration `yaml:"cer_timeout"`
	// MaxMessage is the longest message that it takes, in octets.
	MaxMessage int `yaml:"max_message"`
	// PeerTable: peers other than the suite's are refused.
	PeerTable bool `yaml:"peer_table"`
	// Unknown is its answer for equipment on no list: unknown (5422), or
	// permitted, tracked, prohibited.
	Unknown string `yaml:"unknown"`
	// StoreFailure is its answer while its lists can't be read: unable (5012),
	// permitted, tracked, prohibited, unknown. Empty: any error.
	StoreFailure string `yaml:"store_failure"`
	// NoIMSI is its answer for the pair where no IMSI is sent: permitted,
	// tracked, prohibited, unknown. Empty: any of them.
	NoIMSI string `yaml:"no_imsi"`
	// Malformed is its answer for each class of malformed identity: invalid
	// (5004 and Failed-AVP, or 5005 where it is absent), or as Unknown. A
	// class that is not named may get any answer that makes sense.
	Malformed map[string]string `yaml:"malformed"`
}

// DefaultSubject is a subject of which nothing is known.
func DefaultSubject() Subject {
	return Subject{
		Peers:    Peers{Prefix: "suite-", Count: 256},
		Declares: Declarations{Unknown: "unknown"},
		Drive:    Drive{Within: 30 * time.Second},
	}
}

// ReadSubject reads a subject.yaml. An unknown key is an error.
func ReadSubject(name string) (Subject, error) {
	s := DefaultSubject()
	b, err := os.ReadFile(name)
	if err != nil {
		return s, err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (s *Subject) check() error {
	e := &s.Equipment
	for _, list := range []struct {
		name  string
		imeis []string
	}{{"prohibited", e.Prohibited}, {"tracked", e.Tracked}, {"permitted", e.Permitted}, {"unknown", e.Unknown}} {
		for _, imei := range list.imeis {
			if !digits(imei, 14) {
				return fmt.Errorf("equipment.%s: %q is not an IMEI of 14 digits, without check digit", list.name, imei)
			}
		}
		if len(e.Prohibited) > 0 && len(list.imeis) == 0 {
			return fmt.Errorf("equipment.%s is empty: name at least one IMEI in each list, or in none", list.name)
		}
	}
	if p := e.Pair; p.IMEI != "" && (!digits(p.IMEI, 14) || !digits(p.IMSI, 15) || !digits(p.OtherIMSI, 15) || p.IMSI == p.OtherIMSI) {
		return fmt.Errorf("equipment.pair: imei must have 14 digits, imsi and other_imsi 15, and the two must differ")
	}
	for name, answer := range map[string]string{"unknown": s.Declares.Unknown, "no_imsi": s.Declares.NoIMSI} {
		switch answer {
		case "permitted", "tracked", "prohibited", "unknown":
		case "":
			if name == "no_imsi" {
				continue
			}
			fallthrough
		default:
			return fmt.Errorf("declares.%s: %q is none of permitted, tracked, prohibited, unknown", name, answer)
		}
	}
	switch answer := s.Declares.StoreFailure; answer {
	case "", "unable", "permitted", "tracked", "prohibited", "unknown":
	default:
		return fmt.Errorf("declares.store_failure: %q is none of unable, permitted, tracked, prohibited, unknown", answer)
	}
	for class, answer := range s.Declares.Malformed {
		if !slices.Contains(MalformedClasses, class) {
			return fmt.Errorf("declares.malformed: no class is called %q: %s", class, strings.Join(MalformedClasses, ", "))
		}
		switch answer {
		case "invalid", "permitted", "tracked", "prohibited", "unknown":
		default:
			return fmt.Errorf("declares.malformed.%s: %q is none of invalid, permitted, tracked, prohibited, unknown", class, answer)
		}
	}
	if s.Peers.Count < 16 || s.Peers.Prefix == "" {
		return fmt.Errorf("peers: the suite needs a prefix and a count of 16 or more")
	}
	return s.Drive.check()
}

func digits(s string, n int) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) == n
}
