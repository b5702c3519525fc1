package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store"
)

// The kill test: a child process changes three sources as fast as it can and
// says so of each change that was acknowledged; the parent kills it with
// SIGKILL at any moment and checks what is on disk. What a change is follows
// from its source and its sequence alone, so the parent knows what the child
// did up to any sequence.

const (
	victimEnv = "PAPERWEIGHT_VICTIM" // the directory; set in the child
	killsEnv  = "PAPERWEIGHT_KILLS"  // how many times; 40 is the default
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// step is the change that makes a source's sequence n: a whole list or single
// entries.
type step struct {
	whole  bool
	put    []eir.Entry
	remove []eir.Target
}

func stepOf(source string, n uint64) step {
	rng := newRand(n<<8 | uint64(source[0]))
	st := step{whole: rng.IntN(5) == 0}
	size := 1 + rng.IntN(50)
	if st.whole {
		size = rng.IntN(3000)
	}
	for range size {
		tg := eir.Target{Kind: eir.Exact}
		tg.From = killTAC.First() + eir.IMEI(rng.IntN(killIMEIs))
		tg.To = tg.From
		switch rng.IntN(5) {
		case 0:
			tg.Kind, tg.To = eir.Range, tg.From+eir.IMEI(rng.IntN(killWidth))
		case 1:
			tg.Kind = eir.Pair
			tg.IMSI, _ = eir.ParseIMSI(fmt.Appendf(nil, "00101%010d", rng.IntN(10)))
		}
		if !st.whole && rng.IntN(4) == 0 {
			st.remove = append(st.remove, tg)
			continue
		}
		st.put = append(st.put, eir.Entry{
			Target: tg, Status: eir.Prohibited,
			Reason: fmt.Sprintf("reason %d", rng.IntN(20)), Reference: strconv.FormatUint(n, 10),
		})
	}
	return st
}

// do makes the change in a store.
func (st step) do(s *store.Store, source string, n uint64) error {
	v := store.Version{Sequence: n, Mark: strconv.FormatUint(n, 10)}
	v.Attach = map[string][]byte{"at": []byte(v.Mark)}
	if !st.whole {
		_, err := s.Apply(store.Change{Source: source, Version: v, Put: st.put, Remove: st.remove})
		return err
	}
	begin, put := s.Replace, st.put
	if n%2 == 0 {
		begin, put = s.ReplaceSorted, st.sorted()
	}
	r, err := begin(source)
	if err != nil {
		return err
	}
	defer r.Abort()
	for i := range put {
		if err := r.Add(&put[i]); err != nil {
			return err
		}
	}
	if _, err := r.Stage(); err != nil {
		return err
	}
	_, err = r.Commit(v)
	return err
}

// sorted returns the entries in order; of those of one Target the last.
func (st step) sorted() []eir.Entry {
	last := map[eir.Target]eir.Entry{}
	for _, e := range st.put {
		last[e.Target] = e
	}
	return slices.SortedFunc(maps.Values(last), func(a, b eir.Entry) int {
		return byFormat(store.Listed{Entry: a}, store.Listed{Entry: b})
	})
}

// advance makes the change in the model.
func (st step) advance(m *model, source string) {
	if st.whole || m.entries[source] == nil {
		m.entries[source] = map[eir.Target]eir.Entry{}
	}
	for _, tg := range st.remove {
		delete(m.entries[source], tg)
	}
	for _, e := range st.put {
		m.entries[source][e.Target] = e
	}
	m.sequences[source]++
	m.attached[source] = map[string][]byte{"at": strconv.AppendUint(nil, m.sequences[source], 10)}
}

// victim is the child. It ends by being killed.
func victim(dir string) {
	s, err := store.Open(dir, store.Options{})
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fail(err)
	s.LimitReasons(8)
	fmt.Println("open")
	done := make(chan error)
	for _, name := range sourceNames {
		go func() {
			st, _ := s.Source(name)
			for n := st.Sequence + 1; ; n++ {
				if err := stepOf(name, n).do(s, name, n); err != nil {
					done <- err
					return
				}
				// One write a line: the parent sees it whole or not at all.
				fmt.Printf("%s %d\n", name, n)
			}
		}()
	}
	fail(<-done)
}

func TestKill(t *testing.T) {
	kills := 40
	if v := os.Getenv(killsEnv); v != "" {
		var err error
		if kills, err = strconv.Atoi(v); err != nil {
			t.Fatalf("%s: %v", killsEnv, err)
		}
	}
	dir := t.TempDir()
	rng := newRand(uint64(time.Now().UnixNano()))
	m := newModel()
	acknowledged := map[string]uint64{}
	beyond := 0
	for k := range kills {
		runVictim(t, dir, time.Duration(rng.IntN(120))*time.Millisecond, acknowledged)
		s, err := store.Open(dir, store.Options{})
		if err != nil {
			t.Fatalf("kill %d: %v", k, err)
		}
		for _, name := range sourceNames {
			st, _ := s.Source(name)
			if st.Sequence < acknowledged[name] {
				t.Fatalf("kill %d: %s is at sequence %d, %d was acknowledged", k, name, st.Sequence, acknowledged[name])
			}
			if st.Sequence > acknowledged[name] {
				beyond++
			}
			for m.sequences[name] < st.Sequence {
				stepOf(name, m.sequences[name]+1).advance(m, name)
			}
			if st.Sequence > 0 && st.Mark != strconv.FormatUint(st.Sequence, 10) {
				t.Fatalf("kill %d: %s is at sequence %d with the mark of %s", k, name, st.Sequence, st.Mark)
			}
		}
		if err := m.holds(s); err != nil {
			t.Fatalf("kill %d: %v", k, err)
		}
		if err := m.answers(s); err != nil {
			t.Fatalf("kill %d: %v", k, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var total uint64
	for _, n := range acknowledged {
		total += n
	}
	t.Logf("%d kills, %d changes acknowledged, %d times one more was on disk, nothing lost, nothing half", kills, total, beyond)
}

// runVictim kills a child some time after it opened the store, and notes what
// it acknowledged.
func runVictim(t *testing.T, dir string, after time.Duration, acknowledged map[string]uint64) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// A quarter of the kills fall into Open.
	early := after < 30*time.Millisecond
	if early {
		time.AfterFunc(after, func() { cmd.Process.Kill() })
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "open" {
			if !early {
				time.AfterFunc(after, func() { cmd.Process.Kill() })
			}
			continue
		}
		var name string
		var n uint64
		if _, err := fmt.Sscanf(lines.Text(), "%s %d", &name, &n); err != nil {
			t.Fatalf("the child says %q", lines.Text())
		}
		acknowledged[name] = n
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v", err)
	}
}

// answers checks each IMEI that any step may name against the model, the
// filters and the ranges with it.
func (m *model) answers(s *store.Store) error {
	policy := eir.DefaultPolicy()
	got, err := eir.New(s, policy)
	if err != nil {
		return err
	}
	listed := m.listed()
	for i, want := range listed {
		q := eir.Query{IMEI: killTAC.First() + eir.IMEI(i), SVN: eir.NoSVN, At: 1}
		v := got.Check(q)
		if (v.Status == eir.Prohibited) != want {
			return fmt.Errorf("%s is %s by %s, listed: %v", q.IMEI, v.Status, v.Rule, want)
		}
	}
	return nil
}

// killTAC is what the steps list equipment of, its first killIMEIs.
const (
	killTAC   = eir.TAC(123456)
	killIMEIs = 2000
	killWidth = 100
)

// listed says of each IMEI of the steps whether a list names it.
func (m *model) listed() []bool {
	out := make([]bool, killIMEIs+killWidth)
	for _, entries := range m.entries {
		for tg := range entries {
			if tg.Kind.Exception() {
				continue
			}
			for i := tg.From; i <= tg.To; i++ {
				out[i-killTAC.First()] = true
			}
		}
	}
	return out
}
