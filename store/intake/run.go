package intake

import (
	"context"
	"fmt"
	"io"
	"slices"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/listfile"
)

// Run reads the files of a Job and applies them as one change. The error is a
// *listfile.FileError (a file can't be used), a *Refused (the job can't be what
// was meant), a *Held (it has to be confirmed), the context's, or the store's.
// With any of them nothing was changed; the Result then says how far it came.
// Only where Result.Applied is true together with an error is the change in
// force: the report's last line could not be written.
func Run(ctx context.Context, st *store.Store, job Job, ev Events) (Result, error) {
	limits := DefaultLimits()
	if job.Limits != nil {
		limits = *job.Limits
	}
	var closers []io.Closer
	defer func() {
		for _, c := range slices.Backward(closers) {
			c.Close() // read only: nothing can be lost
		}
	}()
	p, err := makePlan(st, &job, &limits, &closers)
	if err != nil {
		return Result{}, err
	}
	r := &run{ctx: ctx, store: st, job: &job, limits: &limits, plan: p, events: ev, report: newReport(job.Report)}
	r.result = Result{
		Source: p.source, Format: p.layout.Format, Skipped: p.skipped, Whole: p.whole,
		Previous: p.previous, State: p.previous,
	}
	for i := range p.parts {
		r.result.Files = append(r.result.Files, p.parts[i].Name)
		r.progress.Total += p.parts[i].Size
	}
	if p.whole {
		err = r.replace()
	} else {
		err = r.change()
	}
	return r.result, err
}

// run is one import under way.
type run struct {
	ctx      context.Context
	store    *store.Store
	job      *Job
	limits   *Limits
	plan     *plan
	events   Events
	report   *report
	progress Progress
	result   Result
}

// replace streams a whole list to the store.
func (r *run) replace() error {
	list, err := r.store.Replace(r.plan.source)
	if err != nil {
		return err
	}
	defer list.Abort()
	err = r.read(func(rec *listfile.Record) error {
		if rec.Op == listfile.Remove {
			return list.Remove(&rec.Entry.Target)
		}
		return list.Add(&rec.Entry)
	})
	if err != nil {
		return err
	}
	r.phase(Writing)
	staged, err := list.Stage()
	if err != nil {
		return err
	}
	r.result.Duplicates = staged.Duplicates
	if err := r.weigh(staged.State); err != nil {
		return err
	}
	r.phase(Applying)
	state, err := list.Commit(r.version())
	if err != nil {
		return err
	}
	return r.done(state)
}

// change gathers a change and applies it. The later line of a target counts.
func (r *run) change() error {
	at := make(map[eir.Target]int)
	var records []listfile.Record
	err := r.read(func(rec *listfile.Record) error {
		if i, ok := at[rec.Entry.Target]; ok {
			r.result.Duplicates++
			records[i] = *rec
			return nil
		}
		if len(records) == r.limits.ChangeEntries {
			return &Refused{Message: fmt.Sprintf("the change has more than %d entries: import the full list, or raise change_entries", r.limits.ChangeEntries)}
		}
		at[rec.Entry.Target] = len(records)
		records = append(records, *rec)
		return nil
	})
	if err != nil {
		return err
	}
	c := store.Change{Source: r.plan.source, Version: r.version()}
	for i := range records {
		if records[i].Op == listfile.Remove {
			c.Remove = append(c.Remove, records[i].Entry.Target)
		} else {
			c.Put = append(c.Put, records[i].Entry)
		}
	}
	r.phase(Writing)
	would, err := r.store.Preview(c)
	if err != nil {
		return err
	}
	if err := r.weigh(would.State); err != nil {
		return err
	}
	r.phase(Applying)
	applied, err := r.store.Apply(c)
	if err != nil {
		return err
	}
	r.result.Added, r.result.Changed = uint64(applied.Added), uint64(applied.Changed)
	r.result.Removed, r.result.Missing = uint64(applied.Removed), uint64(applied.Missing)
	return r.done(applied.State)
}

// version names the change after the one that the plan was made for: where
// another came between, the store refuses it.
func (r *run) version() store.Version {
	return store.Version{Sequence: r.plan.previous.Sequence + 1, Mark: r.plan.cursor.mark(), At: r.job.At}
}

// weigh decides whether what was read may be applied.
func (r *run) weigh(now store.SourceState) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	found := append(r.plan.found, r.limits.measureLines(listfile.Stats{Records: r.result.Records, Passed: r.result.Passed, Bad: r.result.Bad})...)
	found = append(found, r.limits.variation(r.plan.layout.List).measure(r.plan.previous, now)...)
	if len(found) == 0 || r.job.Confirm {
		r.result.Confirmed = found
		return r.report.flush()
	}
	r.result.Held = found
	if err := r.report.summary(&r.result); err != nil {
		return err
	}
	return &Held{Source: r.plan.source, Findings: found}
}

func (r *run) done(state store.SourceState) error {
	r.result.State, r.result.Applied = state, true
	if err := r.report.summary(&r.result); err != nil {
		return fmt.Errorf("the import is in force as sequence %d of source %s, but %w", state.Sequence, state.Name, err)
	}
	return nil
}
