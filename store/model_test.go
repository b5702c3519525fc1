package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"paperweight/eir"
	"paperweight/store"
)

// model is what a store should hold: the entries of each source by Target, and
// its sequence.
type model struct {
	entries   map[string]map[eir.Target]eir.Entry
	sequences map[string]uint64
	malformed map[string]map[string]eir.Entry
	attached  map[string]map[string][]byte
}

func newModel() *model {
	return &model{
		map[string]map[eir.Target]eir.Entry{}, map[string]uint64{},
		map[string]map[string]eir.Entry{}, map[string]map[string][]byte{},
	}
}

// lists returns the model as eir's own Lists.
func (m *model) lists() eir.Memory {
	var out eir.Memory
	for name, entries := range m.entries {
		src := &eir.Source{Name: name, Operator: name == store.Operator, Sequence: m.sequences[name]}
		for _, e := range entries {
			out = append(out, eir.Match{Entry: e, Source: src})
		}
	}
	return out
}

var sourceNames = []string{store.Operator, "national", "barred"}

// Few TACs, SNRs and IMSIs, so that entries meet.
func drawIMEI(t *rapid.T) eir.IMEI {
	tac := eir.TAC(rapid.SampledFrom([]int{0, 123456, 123457}).Draw(t, "tac"))
	return tac.First() + eir.IMEI(rapid.SampledFrom([]int{0, 1, 2, 3, 500_000, 999_999}).Draw(t, "snr"))
}

func drawIMSI(t *rapid.T) eir.IMSI {
	i, ok := eir.ParseIMSI([]byte(rapid.SampledFrom([]string{"001010000000001", "001010000000002", "001020000000001"}).Draw(t, "imsi")))
	if !ok {
		t.Fatal("not an IMSI")
	}
	return i
}

func drawTarget(t *rapid.T) eir.Target {
	tg := eir.Target{Kind: eir.Kind(rapid.IntRange(1, 6).Draw(t, "kind"))}
	if rapid.IntRange(0, 3).Draw(t, "limited") == 0 {
		tg.SVNs = tg.SVNs.With(eir.SVN(rapid.SampledFrom([]int{0, 1, 64}).Draw(t, "svn")))
	}
	a, b := drawIMEI(t), drawIMEI(t)
	switch tg.Kind {
	case eir.Exact:
		tg.From, tg.To = a, a
	case eir.Pair:
		tg.From, tg.To, tg.IMSI = a, a, drawIMSI(t)
	case eir.ByTAC:
		tg.From, tg.To = a.TAC().First(), a.TAC().Last()
	case eir.Range:
		tg.From, tg.To = min(a, b), max(a, b)
	case eir.RangePair:
		tg.From, tg.To = min(a, b), max(a, b)
		tg.IMSI, _ = eir.ParseIMSIPrefix([]byte(rapid.SampledFrom([]string{"00101", "001", "00102"}).Draw(t, "prefix")))
	case eir.BySubscriber:
		tg.IMSI = drawIMSI(t)
	}
	return tg
}

// Of so few numbers for so many reasons some are always taken, given back and
// wanted in vain.
const reasonNumbers = 3

var reasons = []string{"", "stolen", "lost", "test", "report 1", "report 2", "report 3"}

func drawEntry(t *rapid.T) eir.Entry {
	return eir.Entry{
		Target:    drawTarget(t),
		Status:    eir.Status(rapid.IntRange(1, 3).Draw(t, "status")),
		Reason:    rapid.SampledFrom(reasons).Draw(t, "reason"),
		Reference: rapid.SampledFrom([]string{"", "R-1"}).Draw(t, "reference"),
		Date:      rapid.SampledFrom([]int64{0, 1_500_000_000}).Draw(t, "date"),
		Until:     rapid.SampledFrom([]int64{0, 0, 1000, 3000}).Draw(t, "until"),
	}
}

func drawQuery(t *rapid.T) eir.Query {
	q := eir.Query{IMEI: drawIMEI(t), SVN: eir.NoSVN, At: 2000}
	if rapid.IntRange(0, 5).Draw(t, "malformed") == 0 {
		q.Form, q.IMEI = eir.TooShort, 0
	}
	if rapid.Bool().Draw(t, "with imsi") {
		q.IMSI = drawIMSI(t)
	}
	if rapid.Bool().Draw(t, "with svn") {
		q.SVN = eir.SVN(rapid.SampledFrom([]int{0, 1, 2, 64}).Draw(t, "svn"))
	}
	return q
}

// machine drives a store and the model side by side, and reopens the store,
// also on what a power cut would have left of the disk.
type machine struct {
	fs    *vfs.MemFS
	store *store.Store
	model *model
}

func open(t interface{ Fatalf(string, ...any) }, fs vfs.FS, dir string) *store.Store {
	s, err := store.Open(dir, store.Options{FS: fs})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

func (m *machine) open(t *rapid.T) {
	m.store = open(t, m.fs, "data")
	m.store.LimitReasons(reasonNumbers)
}

func (m *machine) replace(t *rapid.T) {
	name := rapid.SampledFrom(sourceNames).Draw(t, "source")
	entries := rapid.SliceOfN(rapid.Custom(drawEntry), 0, 20).Draw(t, "list")
	r, err := m.store.Replace(name)
	if err != nil {
		t.Fatalf("Replace: %v", err)
	}
	defer r.Abort()
	want, named := map[eir.Target]eir.Entry{}, map[eir.Target]bool{}
	for i := range entries {
		target := entries[i].Target
		named[target] = true
		if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
			if err := r.Remove(&target); err != nil {
				t.Fatalf("Remove: %v", err)
			}
			delete(want, target)
			continue
		}
		if err := r.Add(&entries[i]); err != nil {
			t.Fatalf("Add: %v", err)
		}
		want[target] = entries[i]
	}
	staged, err := r.Stage()
	if err != nil {
		t.Fatalf("Stage: %v", err)
	}
	if int(staged.State.Entries) != len(want) || int(staged.Duplicates) != len(entries)-len(named) {
		t.Fatalf("staged %d entries and %d duplicates of %d, want %d", staged.State.Entries, staged.Duplicates, len(entries), len(want))
	}
	if staged.Previous.Sequence != m.model.sequences[name] {
		t.Fatalf("previous sequence %d, want %d", staged.Previous.Sequence, m.model.sequences[name])
	}
	if rapid.IntRange(0, 4).Draw(t, "abort") == 0 {
		return
	}
	if _, err := r.Commit(store.Version{At: time.Unix(1, 0)}); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	m.model.entries[name] = want
	delete(m.model.malformed, name)
	m.model.sequences[name]++
}

func (m *machine) apply(t *rapid.T) {
	name := rapid.SampledFrom(sourceNames).Draw(t, "source")
	c := store.Change{
		Source: name,
		Remove: rapid.SliceOfN(rapid.Custom(drawTarget), 0, 5).Draw(t, "remove"),
		Put:    rapid.SliceOfN(rapid.Custom(drawEntry), 0, 5).Draw(t, "put"),
	}
	if rapid.Bool().Draw(t, "explicit") {
		c.Sequence = m.model.sequences[name] + 1
	}
	entries := maps.Clone(m.model.entries[name])
	if entries == nil {
		entries = map[eir.Target]eir.Entry{}
	}
	var want store.Applied
	for _, tg := range c.Remove {
		if _, ok := entries[tg]; ok {
			want.Removed++
		} else {
			want.Missing++
		}
		delete(entries, tg)
	}
	for _, e := range c.Put {
		if _, ok := entries[e.Target]; ok {
			want.Changed++
		} else {
			want.Added++
		}
		entries[e.Target] = e
	}
	preview, err := m.store.Preview(c)
	if err != nil {
		t.Fatalf("Preview: %v", err)
	}
	got, err := m.store.Apply(c)
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	want.State = got.State
	if got != want || preview != got {
		t.Fatalf("Apply says %+v, Preview %+v, want %+v", got, preview, want)
	}
	m.model.entries[name] = entries
	m.model.sequences[name]++
}

func (m *machine) refuse(t *rapid.T) {
	name := rapid.SampledFrom(sourceNames).Draw(t, "source")
	last := m.model.sequences[name]
	c := store.Change{Source: name, Put: []eir.Entry{rapid.Custom(drawEntry).Draw(t, "put")}}
	c.Sequence = last + 2
	if _, err := m.store.Apply(c); !errors.Is(err, store.ErrSequenceGap) {
		t.Fatalf("sequence %d after %d: %v", c.Sequence, last, err)
	}
	if c.Sequence = last; last == 0 {
		return
	}
	if _, err := m.store.Apply(c); !errors.Is(err, store.ErrStepBack) {
		t.Fatalf("sequence %d after %d: %v", c.Sequence, last, err)
	}
}

func (m *machine) reopen(t *rapid.T) {
	if err := m.store.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	m.open(t)
}

// crash goes on with what a power cut leaves: all that was synced, and of the
// rest as much as chance has it.
func (m *machine) crash(t *rapid.T) {
	clone := m.fs.CrashClone(vfs.CrashCloneCfg{
		UnsyncedDataPercent: rapid.SampledFrom([]int{0, 50, 100}).Draw(t, "unsynced"),
		RNG:                 newRand(rapid.Uint64().Draw(t, "seed")),
	})
	if err := m.store.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	m.fs = clone
	m.open(t)
}

func (m *machine) check(t *rapid.T) {
	policy := eir.DefaultPolicy()
	got, err := eir.New(m.store, policy)
	if err != nil {
		t.Fatalf("%v", err)
	}
	q := drawQuery(t)
	want, err := eir.New(loaded{m.model.lists(), len(m.model.sequences) > 0}, policy)
	if err != nil {
		t.Fatalf("%v", err)
	}
	verdict := want.Check(q)
	if d := gocmp.Diff(verdict, got.Explain(q).Verdict); d != "" {
		t.Fatalf("%+v explained (-want +got)\n%s", q, d)
	}
	checked := got.Check(q)
	if checked.Reason == "" { // it has no number
		verdict.Reason = ""
	}
	if d := gocmp.Diff(verdict, checked); d != "" {
		t.Fatalf("%+v (-want +got)\n%s", q, d)
	}
}

// loaded is Memory that is loaded although it may be empty.
type loaded struct {
	eir.Memory
	ever bool
}

func (l loaded) Loaded() bool { return l.ever }

// countsOf counts entries one by one.
func countsOf(entries map[eir.Target]eir.Entry) [3]any {
	var status store.StatusCounts
	var kind store.KindCounts
	var imeis uint64
	for tg, e := range entries {
		*map[eir.Status]*uint64{eir.Permitted: &status.Permitted, eir.Tracked: &status.Tracked, eir.Prohibited: &status.Prohibited}[e.Status]++
		*map[eir.Kind]*uint64{eir.Exact: &kind.Exact, eir.ByTAC: &kind.ByTAC, eir.Range: &kind.Range,
			eir.Pair: &kind.Pair, eir.RangePair: &kind.RangePair, eir.BySubscriber: &kind.BySubscriber}[tg.Kind]++
		if e.Status == eir.Prohibited && !tg.Kind.Exception() {
			imeis += uint64(tg.To-tg.From) + 1
		}
	}
	return [...]any{status, kind, imeis}
}

// holds compares all that the store holds with the model.
func (m *model) holds(s *store.Store) error {
	if n := len(s.Sources()); n != len(m.sequences) {
		return fmt.Errorf("%d sources, want %d", n, len(m.sequences))
	}
	if err := s.RecountReasons(); err != nil {
		return err
	}
	for _, name := range sourceNames {
		if err := m.holdsBeside(s, name); err != nil {
			return err
		}
	}
	for name, want := range m.entries {
		st, _ := s.Source(name)
		if st.Sequence != m.sequences[name] || st.Entries != uint64(len(want)) {
			return fmt.Errorf("%s: sequence %d with %d entries, want %d with %d", name, st.Sequence, st.Entries, m.sequences[name], len(want))
		}
		if d := gocmp.Diff(countsOf(want), [...]any{st.ByStatus, st.ByKind, st.ProhibitedIMEIs}); d != "" {
			return fmt.Errorf("%s: the counts (-want +got)\n%s", name, d)
		}
		var got []eir.Entry
		for e, err := range s.Entries(name) {
			if err != nil {
				return err
			}
			got = append(got, e)
		}
		sorted := slices.Collect(maps.Values(want))
		byTarget := func(a, b eir.Entry) int { return cmp.Compare(a.Target.String(), b.Target.String()) }
		slices.SortFunc(sorted, byTarget)
		slices.SortFunc(got, byTarget)
		if d := gocmp.Diff(sorted, got); d != "" {
			return fmt.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	return nil
}

func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{fs: vfs.NewCrashableMem(), model: newModel()}
		m.open(t)
		defer func() { m.store.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"replace": m.replace,
			"apply":   m.apply,
			"refuse":  m.refuse,
			"sorted":  m.replaceSorted,
			"edit":    m.edit,
			"diverge": m.diverge,
			"attach":  m.attach,
			"reopen":  m.reopen,
			"crash":   m.crash,
			"check1":  m.check,
			"check2":  m.check,
			"check3":  m.check,
			"check4":  m.check,
			"": func(t *rapid.T) {
				if err := m.model.holds(m.store); err != nil {
					t.Fatalf("%v", err)
				}
			},
		})
	})
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimEnv); dir != "" {
		victim(dir)
	}
	os.Exit(m.Run())
}
