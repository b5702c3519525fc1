package intake_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

var at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

// list is a file in memory.
func list(name, text string) intake.File {
	return intake.File{Name: name, Open: func() (listfile.Content, error) {
		return content{bytes.NewReader([]byte(text))}, nil
	}}
}

// archive is a zip of names and texts, in turn.
func archive(t *testing.T, name string, members ...string) intake.File {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		m, err := w.Create(members[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(m, members[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return list(name, b.String())
}

func open(t testing.TB) *store.Store {
	t.Helper()
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// listed returns a source's entries, one a line.
func listed(t *testing.T, st *store.Store, source string) string {
	t.Helper()
	var b strings.Builder
	for e, err := range st.Entries(source) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %s\n", e.Status, e.Target.String(), e.Reason)
	}
	return b.String()
}

func run(st *store.Store, job intake.Job) (intake.Result, error) {
	job.At = at
	return intake.Run(context.Background(), st, job, intake.Events{})
}

// blacklist is a full list or a delta of IMEIs 1 to n.
func blacklist(from, to int) string {
	var b strings.Builder
	b.WriteString("imei,block_date,reasons\n")
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "001%011d,20171016,stolen\n", i)
	}
	return b.String()
}

func TestWholeList(t *testing.T) {
	st := open(t)
	var report bytes.Buffer
	var phases []intake.Phase
	var last intake.Progress
	result, err := intake.Run(context.Background(), st, intake.Job{
		At: at, Report: &report,
		Files: []intake.File{
			list("a_stolen.csv", "IMEI,reporting_date,status\n00100000000001,20160401,\n00100000000002,,recovered\n001%,,\n00100000000001,,\n00100000000004,,\n"),
			// The later line counts: found again, and stolen again.
			list("b_stolen.csv", "IMEI,reporting_date,status\n00100000000003,yesterday,blacklist\n00100000000004,,recovered\n00100000000005,,pending\n00100000000005,,\n"),
		},
	}, intake.Events{Progress: func(p intake.Progress) {
		if last = p; len(phases) == 0 || phases[len(phases)-1] != p.Phase {
			phases = append(phases, p.Phase)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("prohibited 00100000000001 reported stolen\nprohibited 00100000000003 reported stolen\nprohibited 00100000000005 reported stolen\n", listed(t, st, "stolen")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]intake.Phase{intake.Reading, intake.Writing, intake.Applying}, phases); diff != "" {
		t.Error(diff)
	}
	if last.Bytes != last.Total || last.Lines != 11 || last.Problems != 2 {
		t.Errorf("the last progress: %+v", last)
	}
	state, _ := st.Source("stolen")
	want := intake.Result{
		Source: "stolen", Format: listfile.Stolen, Files: []string{"a_stolen.csv", "b_stolen.csv"}, Whole: true,
		Lines: 11, Records: 8, Bad: 1, Warnings: 1, Duplicates: 3, Applied: true,
		Previous: store.SourceState{}, State: state,
		Problems: []listfile.Problem{
			{File: "a_stolen.csv", Line: 4, Column: 1, Field: "IMEI", Value: "001%", Severity: "error", Reason: "imei-other-octets", Message: "an IMEI has 14 to 16 decimal digits, this is other-octets"},
			{File: "b_stolen.csv", Line: 2, Column: 2, Field: "reporting_date", Value: "yesterday", Severity: "warning", Reason: "date", Message: "YYYYMMDD is expected"},
		},
	}
	if diff := cmp.Diff(want, result); diff != "" {
		t.Error(diff)
	}

	d := json.NewDecoder(&report)
	for i := range want.Problems {
		var p listfile.Problem
		if err := d.Decode(&p); err != nil || p != want.Problems[i] {
			t.Errorf("report line %d: %+v, %v", i+1, p, err)
		}
	}
	var end struct{ Summary intake.Result }
	if err := d.Decode(&end); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, end.Summary); diff != "" {
		t.Error(diff)
	}
}

func TestChangeOfOurOwn(t *testing.T) {
	st := open(t)
	if _, err := run(st, intake.Job{Files: []intake.File{list("own.csv", "target,status,reason\n00100000000001,prohibited,a\n00100000000002,prohibited,a\n00100000000009,tracked,a\n")}}); err != nil {
		t.Fatal(err)
	}
	result, err := run(st, intake.Job{Files: []intake.File{list("own.csv",
		"op,target,status,reason\nput,00100000000001,tracked,b\nremove,00100000000002,,\n,00100000000003,prohibited,b\nremove,00100000000004,,\nput,00100000000005,tracked,c\nremove,00100000000005,,\n")},
		Confirm: true}) // two prohibited become one
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("tracked 00100000000001 b\nprohibited 00100000000003 b\ntracked 00100000000009 a\n", listed(t, st, "paperweight")); diff != "" {
		t.Error(diff)
	}
	got := [...]uint64{result.Added, result.Changed, result.Removed, result.Missing, result.Duplicates, result.State.Sequence}
	if want := [...]uint64{1, 1, 1, 2, 1, 2}; got != want || result.Whole {
		t.Errorf("added, changed, removed, missing, duplicates, sequence %v, want %v", got, want)
	}
}

func TestHeld(t *testing.T) {
	for _, test := range []struct {
		name   string
		first  string
		second string
		limits func(*intake.Limits)
		what   []string
	}{
		{"three quarters remain", blacklist(1, 100), blacklist(1, 75), nil, nil},
		{"fewer remain", blacklist(1, 100), blacklist(1, 74), nil, []string{"entries"}},
		{"nothing remains", blacklist(1, 1), blacklist(1, 0), nil, []string{"entries"}},
		{"twice as many", blacklist(1, 1100), blacklist(1, 2200), nil, nil},
		{"more than twice", blacklist(1, 1100), blacklist(1, 2201), nil, []string{"entries"}},
		{"ten times of little", blacklist(1, 10), blacklist(1, 1010), nil, nil},
		{"the first is never too long", "imei,block_date,reasons\n", blacklist(1, 3000), nil, nil},
		{"a loss in figures", blacklist(1, 100), blacklist(1, 98),
			func(l *intake.Limits) { l.Default.MaxLoss = 1 }, []string{"entries"}},
		{"a twentieth is bad", blacklist(1, 209), blacklist(1, 209) + strings.Repeat("001,,\n", 11), nil, nil},
		{"more is bad", blacklist(1, 208), blacklist(1, 208) + strings.Repeat("001,,\n", 11), nil, []string{"bad lines"}},
		{"of ten lines no share is told", blacklist(1, 10), blacklist(1, 10) + strings.Repeat("001,,\n", 10), nil, nil},
		{"every line is bad", "imei,block_date,reasons\n", "imei,block_date,reasons\n001,,\n", nil, []string{"bad lines"}},
		{"bad and few", blacklist(1, 100), "imei,block_date,reasons\n001,,\n", nil, []string{"bad lines", "entries"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			st := open(t)
			limits := intake.DefaultLimits()
			if test.limits != nil {
				test.limits(&limits)
			}
			job := func(text string) intake.Job {
				return intake.Job{Files: []intake.File{list("blacklist.csv", text)}, Limits: &limits}
			}
			if _, err := run(st, job(test.first)); err != nil {
				t.Fatal(err)
			}
			before, entries := st.Sources(), listed(t, st, "dirbs-blacklist")
			second := job(test.second)
			var report bytes.Buffer
			second.Report = &report
			result, err := run(st, second)
			var held *intake.Held
			if errors.As(err, &held) != (test.what != nil) || err != nil && held == nil {
				t.Fatalf("err = %v, want held for %v", err, test.what)
			}
			if held == nil {
				return
			}
			var what []string
			for _, f := range held.Findings {
				what = append(what, f.What)
			}
			if diff := cmp.Diff(test.what, what); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, st.Sources()); diff != "" || listed(t, st, "dirbs-blacklist") != entries {
				t.Error("a held import changed the store", diff)
			}
			if result.Applied || !strings.Contains(report.String(), `"applied":false,"held":[`) || !strings.Contains(err.Error(), "--confirm") {
				t.Errorf("result %+v\nreport %s\nerror %v", result, &report, err)
			}
			second.Confirm = true
			if result, err = run(st, second); err != nil || !result.Applied || result.State.Sequence != 2 || len(result.Confirmed) != len(test.what) {
				t.Errorf("confirmed: %+v, %v", result, err)
			}
		})
	}
}

// TestStatusesMixedUp: as many entries as before, but they block.
func TestStatusesMixedUp(t *testing.T) {
	st := open(t)
	text := "target,status\n"
	for i := range 1001 {
		text += fmt.Sprintf("001%011d,tracked\n", i)
	}
	if _, err := run(st, intake.Job{Files: []intake.File{list("own.csv", text)}}); err != nil {
		t.Fatal(err)
	}
	_, err := run(st, intake.Job{Files: []intake.File{list("own.csv", strings.ReplaceAll(text, "tracked", "prohibited"))}})
	var held *intake.Held
	if !errors.As(err, &held) || held.Findings[0].What != "prohibited" {
		t.Errorf("err = %v, want held for prohibited", err)
	}
}

// TestWideRange: as many entries as before, but one names every phone there is,
// or a range of a TAC that blocked a model is one phone's now.
func TestWideRange(t *testing.T) {
	const one, model, all = "target,status\n00100000000001,prohibited\n", "target,status\n00100000,prohibited\n", "target,status\n00000000000000-99999999999999,prohibited\n"
	for _, test := range []struct {
		name, first, second string
		held                bool
	}{
		{"every phone", one, all, true},
		{"a model", one, model, false},
		{"a model is free", model, one, true},
		{"every phone is tracked", one, strings.ReplaceAll(all, "prohibited", "tracked") + "00100000000001,prohibited\n", false},
		{"every phone, as a change", one, "target,status,op\n00000000000000-99999999999999,prohibited,put\n", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			st := open(t)
			if _, err := run(st, intake.Job{Files: []intake.File{list("own.csv", test.first)}}); err != nil {
				t.Fatal(err)
			}
			_, err := run(st, intake.Job{Files: []intake.File{list("own.csv", test.second)}})
			var held *intake.Held
			if errors.As(err, &held) != test.held || held != nil && held.Findings[0].What != "prohibited IMEIs" {
				t.Errorf("err = %v, want held for prohibited IMEIs: %v", err, test.held)
			}
		})
	}
}

// TestNothingIsAppliedWhen: each ends with an error and leaves the source.
func TestNothingIsAppliedWhen(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, blacklist(1, 5000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed := b.String()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	full := errors.New("no space left")
	good := list("20171017_blacklist.csv", blacklist(1, 3))
	for _, test := range []struct {
		name string
		ctx  context.Context
		job  intake.Job
		want string
	}{
		{"a file is truncated", nil, intake.Job{Files: []intake.File{good, list("20171017_blacklist.csv.gz", packed[:len(packed)-9])}}, "ends too early"},
		{"its head is truncated", nil, intake.Job{Files: []intake.File{list("blacklist.csv.gz", packed[:30])}}, "can't be read"},
		{"a file is missing", nil, intake.Job{Files: []intake.File{good, intake.Path("/nonexistent/blacklist.csv")}}, "can't be opened"},
		{"no file is given", nil, intake.Job{}, "no file is given"},
		{"the context is cancelled", cancelled, intake.Job{Files: []intake.File{good}}, "context canceled"},
		{"the report can't be written", nil, intake.Job{Files: []intake.File{list("20171017_blacklist.csv", blacklist(1, 3)+"x\n")}, Report: broken{full}}, "no space left"},
		{"the formats differ", nil, intake.Job{Files: []intake.File{good, list("barred.csv", "tac\n")}}, "import one format at a time"},
		{"one is a change", nil, intake.Job{Files: []intake.File{list("a.csv", "tac\n"), list("b.csv", "tac,change_type\n")}}, "import one after the other"},
		{"the source is the operator's", nil, intake.Job{Files: []intake.File{good}, Source: "operator"}, "list add"},
		{"the format is unknown", nil, intake.Job{Files: []intake.File{good}, Format: "csv"}, "no list format"},
		{"the header is missing", nil, intake.Job{Files: []intake.File{good, list("20171018_blacklist.csv", "00100000000001,,\n")}}, "the header is missing"},
		{"the change is too long", nil, intake.Job{Source: "dirbs-blacklist", Files: []intake.File{list("b.csv", "imei,change_type\n00100000000001,add\n00100000000002,add\n")},
			Limits: &intake.Limits{ChangeEntries: 1}}, "more than 1 entries"},
	} {
		t.Run(test.name, func(t *testing.T) {
			st := open(t)
			if _, err := run(st, intake.Job{Files: []intake.File{list("20171016_blacklist.csv", blacklist(1, 4))}}); err != nil {
				t.Fatal(err)
			}
			before := st.Sources()
			if test.ctx == nil {
				test.ctx = context.Background()
			}
			result, err := intake.Run(test.ctx, st, test.job, intake.Events{})
			if err == nil || !strings.Contains(err.Error(), test.want) || result.Applied {
				t.Errorf("%+v, %v; want an error that says %q", result, err, test.want)
			}
			if diff := cmp.Diff(before, st.Sources()); diff != "" {
				t.Error(diff)
			}
			// Nothing is left behind that would keep the next one out.
			if _, err := run(st, intake.Job{Files: []intake.File{list("20171016_blacklist.csv", blacklist(1, 5))}}); err != nil {
				t.Error("the next import:", err)
			}
		})
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

// TestAnotherImportCameBetween: thresholds were measured against a list that
// is no longer in force.
func TestAnotherImportCameBetween(t *testing.T) {
	st := open(t)
	f := list("barred.csv", "imei,change_type\n00100000000001,add\n")
	once := false
	_, err := intake.Run(context.Background(), st, intake.Job{Files: []intake.File{f}, At: at}, intake.Events{Progress: func(p intake.Progress) {
		if p.Phase == intake.Applying && !once {
			once = true
			if _, err := st.Apply(store.Change{Source: "barred", Version: store.Version{At: at}, Put: []eir.Entry{{
				Target: eir.Target{Kind: eir.Exact, From: 2, To: 2}, Status: eir.Prohibited}}}); err != nil {
				t.Error(err)
			}
		}
	}})
	if !errors.Is(err, store.ErrStepBack) {
		t.Errorf("err = %v", err)
	}
}
