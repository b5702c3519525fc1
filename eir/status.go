package eir

import "fmt"

// Status is what a list says of equipment and what a Verdict answers.
//
// An Entry carries one of Permitted, Tracked and Prohibited; the others are
// answers that only a Policy gives.
type Status uint8

const (
	// Unset is the zero value. It is never answered.
	Unset Status = iota
	// Permitted equipment is served (TS 22.016: the white list).
	Permitted
	// Tracked equipment is served and watched (the grey list).
	Tracked
	// Prohibited equipment is refused (the black list).
	Prohibited
	// Unknown equipment is on no list: TS 29.272 7.4.3.4, result 5422.
	Unknown
	// Invalid says that the identity can't be understood: result 5004, or
	// 5005 where it is absent.
	Invalid
	// Unable says that this node can't answer now: result 5012.
	Unable
	// Continue is no answer at all: the named case is passed over and the
	// next rule decides.
	Continue
)

var statusNames = [...]string{"unset", "permitted", "tracked", "prohibited", "unknown", "invalid", "unable", "continue"}

// NumStatuses is one more than the highest Status, for arrays indexed by it.
const NumStatuses = len(statusNames)

// Listable reports whether an Entry may carry s.
func (s Status) Listable() bool { return s >= Permitted && s <= Prohibited }

func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// MarshalText writes the lower-case name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the lower-case name. "unset" is refused.
func (s *Status) UnmarshalText(b []byte) error {
	for i, name := range statusNames {
		if i != int(Unset) && name == string(b) {
			*s = Status(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no status: use one of %v", b, statusNames[1:])
}
