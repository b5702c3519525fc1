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
// list of a source is held for Protected alone, since there is nothing to
// compare it with.
type Guard struct {
	// Update bounds one file, Hour and Day all that was applied within one,
	// the file included. What an operator released does not count.
	Update Bounds `yaml:"update"`
	Hour   Bounds `yaml:"hour"`
	Day    Bounds `yaml:"day"`
	// Floor is the number of entries up to which shares do not matter.
	Floor uint64 `yaml:"floor"`
	// MinShare is the part of its entries that a list must keep; 0: none.
	MinShare float64 `yaml:"min_share"`
	// Protected are the operator's own: test phones, a fleet. An update
	// that says anything new of one is held.
	Protected []Range `yaml:"protected"`
}

// Bounds are the most that may change; zero fields are no bound.
type Bounds struct {
	Blocked      uint64  `yaml:"blocked"`
	Freed        uint64  `yaml:"freed"`
	BlockedShare float64 `yaml:"blocked_share"`
	FreedShare   float64 `yaml:"freed_share"`
}

// DefaultGuard is for a national list: a hundredth of it in an update, a
// twentieth in a day, no more than five models of equipment at once.
func DefaultGuard() Guard {
	return Guard{
		Update:   Bounds{Blocked: 5_000_000, Freed: 5_000_000, BlockedShare: 0.01, FreedShare: 0.01},
		Hour:     Bounds{BlockedShare: 0.02, FreedShare: 0.02},
		Day:      Bounds{BlockedShare: 0.05, FreedShare: 0.05},
		Floor:    1000,
		MinShare: 0.9,
	}
}

// Validate reports the first field that can't be, by its configuration name.
func (g *Guard) Validate() error {
	for _, b := range []struct {
		name string
		Bounds
	}{{"update", g.Update}, {"hour", g.Hour}, {"day", g.Day}} {
		if !share(b.BlockedShare) || !share(b.FreedShare) {
			return fmt.Errorf("guard: %s: a share is 0 to 1", b.name)
		}
	}
	if !share(g.MinShare) {
		return fmt.Errorf("guard: min_share is 0 to 1")
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
	// Limit is the field of the Guard, as in the configuration.
	Limit string `json:"limit"`
	// Got is the figure, Allowed the most (for min_share the least).
	Got     uint64 `json:"got"`
	Allowed uint64 `json:"allowed"`
	Message string `json:"message"`
}

func finding(limit string, got, allowed uint64, what string) Finding {
	return Finding{limit, got, allowed, fmt.Sprintf("%s: %d, the limit is %d", what, got, allowed)}
}

// judge returns why an update is to be held, nothing where it may pass.
func (g *Guard) judge(d *Difference, past window, now time.Time) (why []Finding) {
	if d.Protected > 0 {
		why = append(why, finding("protected", d.Protected, 0, "changes of protected equipment"))
	}
	if d.First {
		return why
	}
	for _, span := range []struct {
		name   string
		bounds Bounds
		length time.Duration
	}{{"update", g.Update, 0}, {"hour", g.Hour, time.Hour}, {"day", g.Day, 24 * time.Hour}} {
		blocked, freed := d.Blocked, d.Freed
		if span.length > 0 {
			b, f := past.since(now.Add(-span.length))
			blocked, freed = blocked.plus(b), freed.plus(f)
		}
		why = g.bound(why, span.name+".blocked", "blocked", blocked, span.bounds.Blocked, span.bounds.BlockedShare, d.Before)
		why = g.bound(why, span.name+".freed", "freed", freed, span.bounds.Freed, span.bounds.FreedShare, d.Before)
	}
	if least := portion(g.MinShare, d.Before); d.Before > g.Floor && d.After < least {
		why = append(why, finding("min_share", d.After, least, "entries left of the list"))
	}
	return why
}

func (g *Guard) bound(why []Finding, limit, what string, t Tally, most uint64, share float64, before uint64) []Finding {
	if most > 0 && t.IMEIs > most {
		why = append(why, finding(limit, t.IMEIs, most, "equipment "+what))
	}
	if n := max(g.Floor, portion(share, before)); share > 0 && t.Entries > n {
		why = append(why, finding(limit+"_share", t.Entries, n, "entries "+what))
	}
	return why
}

// portion is a share of n.
func portion(share float64, n uint64) uint64 { return uint64(share * float64(n)) }
