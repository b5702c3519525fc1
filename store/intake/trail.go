package intake

import "paperweight/store/listfile"

// Trail is up to where a list has followed DIRBS, for whoever keeps one that
// is not a store's: the rules are those of an import. The zero value is a list
// of which nothing is known. It is kept as JSON.
type Trail struct{ cursor }

// Delta says whether the parts of one run may be applied next, and returns the
// trail behind them. whole: they are a list from empty, and replace what is
// there. found is what an operator has to confirm. The error is a *Refused.
func (t Trail) Delta(parts []listfile.Name) (next Trail, whole bool, found []Finding, err error) {
	next.cursor, whole, found, err = t.follow(parts, false)
	return next, whole, found, err
}

// List says what is unusual about a whole list that replaces the one there is,
// and returns the trail behind it. run is that of the deltas that came with
// it, 0 where none did.
func (t Trail) List(parts []listfile.Name, run int64) (next Trail, found []Finding) {
	next.cursor, found = t.replace(oldest(parts), run, operatorsOf(parts))
	return next, found
}

// oldest is the date of the oldest part, which says how old a list is.
func oldest(parts []listfile.Name) (stamp string) {
	for i, n := range parts {
		if i == 0 || n.Stamp < stamp {
			stamp = n.Stamp
		}
	}
	return stamp
}
