package feed

import (
	"cmp"
	"context"
	"io"
	"slices"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

// whatIf lays a candidate over the store, for some checks.
type whatIf struct {
	store  *store.Store
	source string
	policy eir.Policy
	delta  bool // the candidate changes the list, and does not replace it
	cases  []whatCase
}

// whatCase is a check, and what the candidate says of what it is about.
type whatCase struct {
	query eir.Query
	out   []eir.Target // not listed any more, or listed otherwise
	in    []eir.Entry
}

// read reads the candidate once, from end to end, and keeps what covers a check.
func (w *whatIf) read(ctx context.Context, in content) error {
	byIMEI := make([]int, 0, len(w.cases))
	byIMSI := map[eir.IMSI][]int{}
	for i := range w.cases {
		q := &w.cases[i].query
		if q.Form.HasIMEI() {
			byIMEI = append(byIMEI, i)
		}
		if q.IMSI != 0 {
			byIMSI[q.IMSI] = append(byIMSI[q.IMSI], i)
		}
	}
	slices.SortFunc(byIMEI, func(a, b int) int { return cmp.Compare(w.cases[a].query.IMEI, w.cases[b].query.IMEI) })
	var c format.Change
	for n := 0; ; n++ {
		if n%batched == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := in.Next(&c); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		switch t := &c.Key().Target; t.Kind {
		case 0: // a malformed identity answers no check
		case eir.BySubscriber:
			for _, i := range byIMSI[t.IMSI] {
				w.cases[i].change(&c)
			}
		default:
			first, _ := slices.BinarySearchFunc(byIMEI, t.From, func(i int, imei eir.IMEI) int {
				return cmp.Compare(w.cases[i].query.IMEI, imei)
			})
			for _, i := range byIMEI[first:] {
				if w.cases[i].query.IMEI > t.To {
					break
				}
				w.cases[i].change(&c)
			}
		}
	}
}

func (w *whatCase) change(c *format.Change) {
	if c.Op != format.Added {
		w.out = append(w.out, c.Old.Target)
	}
	if c.Op != format.Removed {
		w.in = append(w.in, c.New.Entry)
	}
}

// answer asks each check twice.
func (w *whatIf) answer(ctx context.Context) (WhatIf, error) {
	result := WhatIf{Checks: uint64(len(w.cases))}
	now, err := eir.New(w.store, w.policy)
	if err != nil {
		return result, err
	}
	// With this policy an explanation names every entry that could decide.
	all := w.policy
	all.PairWithoutIMSI = eir.Continue
	listed, err := eir.New(w.store, all)
	if err != nil {
		return result, err
	}
	lists := &laid{}
	then, err := eir.New(lists, w.policy)
	if err != nil {
		return result, err
	}
	turns := map[[2]eir.Status]uint64{}
	for i := range w.cases {
		if i%batched == 0 && ctx.Err() != nil {
			return result, ctx.Err()
		}
		c := &w.cases[i]
		before := now.Check(c.query)
		lists.Memory = w.entries(c, listed.Explain(c.query))
		after := then.Check(c.query)
		if before.Status == after.Status {
			continue
		}
		result.Changed++
		turns[[2]eir.Status{before.Status, after.Status}]++
		if len(result.Samples) < maxChanged {
			// A check may leave a reason on disk.
			before.Reason = now.Explain(c.query).Verdict.Reason
			result.Samples = append(result.Samples, Changed{c.query, before, after})
		}
	}
	for t, n := range turns {
		result.Turns = append(result.Turns, Turn{t[0], t[1], n})
	}
	slices.SortFunc(result.Turns, func(a, b Turn) int {
		return cmp.Or(cmp.Compare(b.Checks, a.Checks), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return result, nil
}

// entries are those that could decide a check with the candidate in force.
func (w *whatIf) entries(c *whatCase, e eir.Explanation) (all eir.Memory) {
	for _, step := range e.Steps {
		m := step.Entry
		switch {
		case m == nil:
		case m.Source.Name != w.source, w.delta && !slices.Contains(c.out, m.Target):
			all = append(all, *m)
		}
	}
	source := &eir.Source{Name: w.source}
	for _, entry := range c.in {
		// A delta may say what the list says already.
		same := func(m eir.Match) bool { return m.Source.Name == w.source && m.Target == entry.Target }
		all = append(slices.DeleteFunc(all, same), eir.Match{Entry: entry, Source: source})
	}
	return all
}

// laid is the entries of the check under way. A candidate counts as a list,
// even where it has nothing to say.
type laid struct{ eir.Memory }

// Loaded is eir.Lists'.
func (*laid) Loaded() bool { return true }
