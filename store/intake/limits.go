package intake

import (
	"fmt"
	"slices"
	"strings"

	"paperweight/store/listfile"
)

// Limits say when an import is held. The reasons of the defaults stand at
// DefaultLimits.
type Limits struct {
	// Default holds for every list that Lists does not name.
	Default Variation `yaml:"default"`
	// Lists holds for single lists, by the name of the list: the format's,
	// without "-delta". The four thresholds of a list belong together.
	Lists map[string]Variation `yaml:"lists"`
	// BadShare holds an import when more than this share of its lines (0 to
	// 1) had to be left out, and more than BadFloor lines. 0 is no limit.
	BadShare float64 `yaml:"bad_share"`
	BadFloor uint64  `yaml:"bad_floor"`
	// ChangeEntries is the most that a change (not a whole list) may hold,
	// since it is kept in RAM: about 250 bytes an entry. More is refused.
	ChangeEntries int `yaml:"change_entries"`
	// Files bound what one file may cost.
	Files listfile.Limits `yaml:"files"`
}

// Variation says how much a list may shrink or grow in one import. Measured are
// the number of its entries, the number of its prohibited ones, so that a list
// whose statuses were mixed up is held as well, and the number of IMEIs that
// these name, so that one range as wide as a country is. A first import is
// never held by it; a list that loses its last entry always is.
type Variation struct {
	// MinShare: at least this share of the last list must remain. 0 is no
	// limit. DIRBS calls it import_size_variation_percent.
	MinShare float64 `yaml:"min_share"`
	// MaxLoss: at most this many fewer. -1 is no limit. DIRBS calls it
	// import_size_variation_absolute.
	MaxLoss int64 `yaml:"max_loss"`
	// MaxShare: at most this many times the last list, where it is also
	// more than FreeGain entries more, or the IMEIs of more than FreeGain
	// TACs. 0 is no limit. DIRBS has none.
	MaxShare float64 `yaml:"max_share"`
	FreeGain uint64  `yaml:"free_gain"`
}

// DefaultLimits are DIRBS's own where it has them.
func DefaultLimits() Limits {
	// DIRBS: stolen, barred, barred TAC and monitored lists. A blacklist,
	// which DIRBS makes and does not import, is their sum.
	usual := Variation{
		MinShare: 0.75, MaxLoss: -1,
		// A list that doubles overnight blocks as many phones again: a
		// wrong join is likelier than so many thefts. A thousand entries
		// more are no catastrophe and happen to every young list.
		MaxShare: 2, FreeGain: 1000,
	}
	pairs := usual
	// DIRBS: pairing list. Exceptions are made from it; each that goes
	// missing takes a subscriber off the air.
	pairs.MinShare, pairs.MaxLoss = 0.95, 1000
	allocated := usual
	// DIRBS: GSMA TAC list, which only ever grows.
	allocated.MinShare, allocated.MaxLoss = 0, 100
	tacs := usual
	// One TAC is a million phones.
	tacs.FreeGain = 20
	return Limits{
		Default: usual,
		Lists: map[string]Variation{
			string(listfile.Pairing):         pairs,
			string(listfile.DIRBSExceptions): pairs,
			string(listfile.GSMATAC):         allocated,
			string(listfile.BarredTAC):       tacs,
		},
		// DIRBS: unclean_imei_threshold. Below ten lines a share says nothing.
		BadShare: 0.05, BadFloor: 10,
		ChangeEntries: 500_000,
		Files:         listfile.DefaultLimits(),
	}
}

// Validate reports the first field that can't be, by its configuration name.
func (l *Limits) Validate() error {
	if err := l.Default.validate(); err != nil {
		return fmt.Errorf("default.%w", err)
	}
	var known []string
	for _, f := range listfile.Formats() {
		if !f.Delta {
			known = append(known, f.List)
		}
	}
	for name, v := range l.Lists {
		if !slices.Contains(known, name) {
			return fmt.Errorf("lists.%s: no such list: use one of %s", name, strings.Join(known, ", "))
		}
		if err := v.validate(); err != nil {
			return fmt.Errorf("lists.%s.%w", name, err)
		}
	}
	switch {
	case l.BadShare < 0 || l.BadShare > 1:
		return fmt.Errorf("bad_share: %v is no share: use 0 (no limit) to 1", l.BadShare)
	case l.ChangeEntries < 1:
		return fmt.Errorf("change_entries: %d leaves no room for a change: use 1 or more", l.ChangeEntries)
	}
	return nil
}

func (v Variation) validate() error {
	switch {
	case v.MinShare < 0 || v.MinShare > 1:
		return fmt.Errorf("min_share: %v is no share: use 0 (no limit) to 1", v.MinShare)
	case v.MaxLoss < -1:
		return fmt.Errorf("max_loss: %d: use -1 (no limit), 0 or more", v.MaxLoss)
	case v.MaxShare != 0 && v.MaxShare < 1:
		return fmt.Errorf("max_share: %v would hold an unchanged list: use 0 (no limit), 1 or more", v.MaxShare)
	}
	return nil
}

func (l *Limits) variation(list string) Variation {
	if v, ok := l.Lists[list]; ok {
		return v
	}
	return l.Default
}
