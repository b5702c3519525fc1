package feed

import (
	"fmt"
	"time"

	"paperweight/eir"
)

// Guard says which updates are held for an operator. It is the defence
// against an authority's bad day, and against who stole its online keys.
//
// Numbers count the equipment that an entry covers: a TAC counts for a million.
// Shares count entries, as a part of those listed before. Blocked is what
// becomes prohibited or loses a permission; freed is the opposite. The first
// list of a source is held for what is protected alone, since there is nothing
// to compare it with. A list that loses all its entries is held in any case.
type Guard struct {
	// Update bounds one file, Hour and Day all that was applied within one,
	// the file included. What an operator released does not count.
	Update Bounds `yaml:"update"`
	Hour   Bounds `yaml:"hour"`
	Day    Bounds `yaml:"day"`
	// Floor is the number of entries up to which the shares of Bounds do not
	// matter.
	Floor uint64 `yaml:"floor"`
	// MinShare is the part of its entries that a list must keep, however
	// short it is; 0: any part.
	MinShare float64 `yaml:"min_share"`
	// Protected are the operator's own: test phones, a fleet. An update
	// that says anything new of one is held.
	Protected []Range `yaml:"protected"`
	// ProtectedIMSIs are test SIMs, or those of a fleet. An update that says
	// anything new of one, with whatever equipment, is held.
	ProtectedIMSIs []IMSIPrefix `yaml:"protected_imsis"`
}

// Bounds are the most that may change; zero fields are no bound.
type Bounds struct {
	// Blocked and Freed count equipment, their shares entries.
	Blocked      uint64  `yaml:"blocked"`
	Freed        uint64  `yaml:"freed"`
	BlockedShare float64 `yaml:"blocked_share"`
	FreedShare   float64 `yaml:"freed_share"`
	// ChangedShare is of all entries added, changed and removed: also of
	// those that neither block nor free.
	ChangedShare float64 `yaml:"changed_share"`
	// Ranges are the entries added that stay in RAM, and that every check
	// looks through: ranges, TACs, exceptions by range or by IMSI alone.
	Ranges uint64 `yaml:"ranges"`
}

// DefaultGuard is for a national list: a hundredth of it in an update, a
// twentieth in a day, no more than five models of equipment at once and twenty
// in a day. All changes together may be as many as both those that block and
// those that free.
func DefaultGuard() Guard {
	return Guard{
		Update: Bounds{Blocked: 5_000_000, Freed: 5_000_000, BlockedShare: 0.01, FreedShare: 0.01, ChangedShare: 0.02, Ranges: 10_000},
		Hour:   Bounds{Blocked: 10_000_000, Freed: 10_000_000, BlockedShare: 0.02, FreedShare: 0.02, ChangedShare: 0.04, Ranges: 20_000},
		Day:    Bounds{Blocked: 20_000_000, Freed: 20_000_000, BlockedShare: 0.05, FreedShare: 0.05, ChangedShare: 0.1, Ranges: 50_000},
		Floor:  1000, MinShare: 0.9,
	}
}

// Validate reports the first field that can't be, by its configuration name.
func (g *Guard) Validate() error {
	for _, b := range []struct {
		name string
		Bounds
	}{{"update", g.Update}, {"hour", g.Hour}, {"day", g.Day}} {
		if !share(b.BlockedShare) || !share(b.FreedShare) || !share(b.ChangedShare) {
			return fmt.Errorf("guard: %s: a share is 0 to 1", b.name)
		}
	}
	if !share(g.MinShare) {
		return fmt.Errorf("guard: min_share is 0 to 1")
	}
	for _, p := range g.ProtectedIMSIs {
		if n := eir.IMSI(p).Len(); n < 1 || n > 15 {
			return fmt.Errorf("guard: protected_imsis: an IMSI begins with 1 to 15 digits")
		}
	}
	for _, r := range g.Protected {
		if r.From > r.To || r.To > eir.MaxIMEI {
			return fmt.Errorf("guard: protected: %s is no range", r)
		}
	}
	return nil
}

func share(s float64) bool { return s >= 0 && s <= 1 }

// Finding is one reason to hold an update.
type Finding struct {
	// Limit is the field of the Guard, as in the configuration; "" where it is
	// what became of other updates.
	Limit string `json:"limit"`
	// Got is the figure, Allowed the most (for min_share the least).
	Got     uint64 `json:"got"`
	Allowed uint64 `json:"allowed"`
	Message string `json:"message"`
}

// judge returns why an update is to be held, nothing where it may pass.
func (g *Guard) judge(d *Difference, past window, now time.Time) (why []Finding) {
	if d.Protected > 0 {
		why = append(why, Finding{"protected", d.Protected, 0,
			fmt.Sprintf("entries of this update that touch what is protected: %d", d.Protected)})
	}
	if d.First {
		return why
	}
	for _, s := range []span{
		{"update", "by this update", g.Update, 0}, {"hour", "within an hour", g.Hour, time.Hour}, {"day", "within a day", g.Day, 24 * time.Hour},
	} {
		t := d.totals()
		if s.length > 0 {
			t = t.plus(past.since(now.Add(-s.length)))
		}
		why = append(why, s.judge(t, g.Floor, d.Before)...)
	}
	// Whatever the share: there is no honest reason to empty a list in passing.
	if least := max(portion(g.MinShare, d.Before), 1); d.Before > 0 && d.After < least {
		why = append(why, Finding{"min_share", d.After, least,
			fmt.Sprintf("entries left of the list by this update: %d of %d, at least %d must be", d.After, d.Before, least)})
	}
	if d.Unread {
		for i := range why {
			why[i].Message += " (the list in force can't be read: sizes alone were compared)"
		}
	}
	return why
}

// span is a time, or one update, and what may change within it.
type span struct {
	name, words string
	Bounds
	length time.Duration
}

func (s *span) judge(t totals, floor, before uint64) (why []Finding) {
	bound := func(field, what string, got, most uint64) {
		if got > most {
			why = append(why, Finding{s.name + "." + field, got, most,
				fmt.Sprintf("%s %s: %d, the limit is %d", what, s.words, got, most)})
		}
	}
	number := func(field, what string, got, most uint64) {
		if most > 0 {
			bound(field, what, got, most)
		}
	}
	shared := func(field, what string, got uint64, share float64) {
		if share > 0 {
			bound(field, what, got, max(floor, portion(share, before)))
		}
	}
	number("blocked", "equipment blocked", t.Blocked.IMEIs, s.Blocked)
	shared("blocked_share", "entries blocked", t.Blocked.Entries, s.BlockedShare)
	number("freed", "equipment freed", t.Freed.IMEIs, s.Freed)
	shared("freed_share", "entries freed", t.Freed.Entries, s.FreedShare)
	shared("changed_share", "entries added, changed or removed", t.Changes, s.ChangedShare)
	number("ranges", "ranges and exceptions added", t.Ranges, s.Ranges)
	return why
}

// portion is a share of n.
func portion(share float64, n uint64) uint64 { return uint64(share * float64(n)) }
