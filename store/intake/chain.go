package intake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"paperweight/store"
	"paperweight/store/listfile"
)

// cursor is up to where a source has followed DIRBS; it is the source's Mark.
type cursor struct {
	// Stamp is the date of the last list or delta, as its name has it.
	Stamp string `json:"stamp,omitempty"`
	// Run is the run that made it; 0 is not known, as of a full list whose
	// deltas did not come with it.
	Run int64 `json:"run,omitempty"`
	// Base and Parts are of the last delta: the parts of its run that were
	// applied, an event each, behind the operator where there is one. A full
	// list has none and needs none.
	Base  int64    `json:"base,omitempty"`
	Parts []string `json:"parts,omitempty"`
	// Operators are those whose lists the source holds, where DIRBS makes
	// one for each.
	Operators []string `json:"operators,omitempty"`
}

// readCursor reads a Mark. One that is no cursor knows nothing: the list came
// from files without DIRBS names.
func readCursor(mark string) (c cursor) {
	if json.Unmarshal([]byte(mark), &c) != nil {
		return cursor{}
	}
	return c
}

func (c cursor) mark() string {
	if c.Stamp == "" {
		return ""
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(b)
}

func partName(n listfile.Name) string {
	if n.Operator == "" {
		return n.Event
	}
	return n.Operator + "/" + n.Event
}

func operatorsOf(names []listfile.Name) (operators []string) {
	for _, n := range names {
		if n.Operator != "" && !slices.Contains(operators, n.Operator) {
			operators = append(operators, n.Operator)
		}
	}
	return operators
}

// lost says whose entries would go when a list of these operators takes the
// place of what c describes. Names that tell no operator tell nothing.
func (c cursor) lost(operators []string) (found []Finding) {
	for _, o := range c.Operators {
		if len(operators) > 0 && !slices.Contains(operators, o) {
			found = append(found, Finding{What: "operators", Message: fmt.Sprintf("the list in force has the entries of operator %s and these files do not: import the files of all operators together, or give each a --source of its own", o)})
		}
	}
	return found
}

// parts of a run that DIRBS always writes, empty or not.
var allParts = map[listfile.Format][]string{
	listfile.DIRBSBlacklistDelta:     {"blocked", "changed", "unblocked"},
	listfile.DIRBSExceptionsDelta:    {"added", "removed"},
	listfile.DIRBSNotificationsDelta: {"new", "changed", "resolved", "blacklisted", "no_longer_seen"},
}

// missing returns the parts of the last run that did not come, for each
// operator of whom one came.
func (c cursor) missing(f listfile.Format) (parts []string) {
	for _, have := range c.Parts {
		operator := have[:strings.LastIndexByte(have, '/')+1]
		for _, event := range allParts[f] {
			if p := operator + event; !slices.Contains(c.Parts, p) && !slices.Contains(parts, p) {
				parts = append(parts, p)
			}
		}
	}
	return parts
}

// follow says whether the parts of one run may be applied after c. whole: they
// are a list from empty and replace what is there. first: the source has no
// list yet.
func (c cursor) follow(parts []listfile.Name, first bool) (next cursor, whole bool, found []Finding, err error) {
	d := parts[0]
	next = cursor{Stamp: d.Stamp, Run: d.Run, Base: d.Base}
	for _, p := range parts {
		if p.Base != d.Base || p.Run != d.Run {
			return c, false, nil, &Refused{Message: fmt.Sprintf("the files are of the runs %d to %d and %d to %d: import one run at a time, the older first", d.Base, d.Run, p.Base, p.Run)}
		}
		if slices.Contains(next.Parts, partName(p)) {
			return c, false, nil, &Refused{Message: fmt.Sprintf("part %s of run %d is given twice", partName(p), p.Run)}
		}
		next.Parts = append(next.Parts, partName(p))
	}
	operators := operatorsOf(parts)
	next.Operators = slices.Clone(c.Operators)
	for _, o := range operators {
		if !slices.Contains(next.Operators, o) {
			next.Operators = append(next.Operators, o)
		}
	}
	again := !first && c.Run != 0 && c.Run == d.Run
	switch {
	case !first && c.Run != 0 && d.Run < c.Run:
		return c, false, nil, stepBack("run %d was applied already, so run %d would step back: nothing is to be done", c.Run, d.Run)
	case again && len(c.Parts) == 0:
		return c, false, nil, stepBack("the full list of run %d was imported, which has this delta in it: nothing is to be done", c.Run)
	case again && c.Base != d.Base:
		return c, false, nil, stepBack("run %d was applied from base %d, so it can't come from base %d again: nothing is to be done", c.Run, c.Base, d.Base)
	case again:
		for _, p := range c.Parts {
			if slices.Contains(next.Parts, p) {
				return c, false, nil, stepBack("part %s of run %d was applied already: nothing is to be done, or give only the other parts", p, d.Run)
			}
		}
		next.Parts = append(slices.Clone(c.Parts), next.Parts...)
		return next, false, nil, nil
	case d.Base == -1:
		if !slices.ContainsFunc(parts, func(p listfile.Name) bool { return p.Op() == listfile.Put }) {
			return c, false, nil, gap("run %d is from empty (base -1): begin with its part %s", d.Run, allParts[d.Format][0])
		}
		next.Operators = operators
		return next, true, c.lost(operators), nil
	case first:
		return c, false, nil, gap("the source has no list, and the delta changes that of run %d: import the full list first", d.Base)
	case c.Run == 0 && c.Stamp == "":
		found = []Finding{{What: "list date", Message: fmt.Sprintf("the list came from a file without a date in its name, so it can't be told whether the delta %d to %d follows it", d.Base, d.Run)}}
	case c.Run == 0 && d.Stamp < c.Stamp:
		return c, false, nil, stepBack("the delta of %s is older than the full list of %s: nothing is to be done", d.Stamp, c.Stamp)
	case c.Run == 0:
		// The full list did not say its run: the dates have to do.
	case d.Base != c.Run:
		return c, false, nil, gap("the source is at run %d and the delta begins at %d: apply the delta with base %d first, or import the full list", c.Run, d.Base, c.Run)
	default:
		if missing := c.missing(d.Format); len(missing) > 0 {
			found = []Finding{{What: "delta parts", Message: fmt.Sprintf("of run %d, before this one, these parts never came: %s", c.Run, strings.Join(missing, ", "))}}
		}
	}
	return next, false, found, nil
}

// replace says whether a full list may replace what c describes. run is 0
// where it is not known.
func (c cursor) replace(stamp string, run int64, operators []string) (next cursor, found []Finding) {
	next = cursor{Stamp: stamp, Run: run, Operators: operators}
	found = c.lost(operators)
	if stamp != "" && stamp < c.Stamp || run != 0 && run < c.Run {
		found = append(found, Finding{What: "list date", Message: fmt.Sprintf("the list of %s is older than that of %s, which is in force: a step back would free phones that were blocked since", stamp, c.Stamp)})
	}
	return next, found
}

func gap(format string, args ...any) error {
	return &Refused{fmt.Sprintf(format, args...), store.ErrSequenceGap}
}

func stepBack(format string, args ...any) error {
	return &Refused{fmt.Sprintf(format, args...), store.ErrStepBack}
}
