//go:build mutation

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"paperweight/conformance/judge"
)

// TestMutants is the negative proof: a defect in the front of our own register,
// whichever of those in mutants, is found by the suite, and by the case that is
// there for it. A run without a defect comes first: what fails there proves
// nothing.
func TestMutants(t *testing.T) {
	front, err := filepath.Abs("../diameter")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("none", func(t *testing.T) {
		r := startRegister(t, buildMutant(t, front, mutant{}))
		if failed := failures(t, r, r.subject, "rfc6733,rfc3539,rfc7683,rfc7944,ts29272"); len(failed) > 0 {
			t.Errorf("without a defect these fail: %v", failed)
		}
	})
	if t.Failed() {
		return
	}
	var tried, caught atomic.Int32
	t.Run("one", func(t *testing.T) {
		for i, m := range slices.Concat(mutants, stressed) {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				tried.Add(1)
				if by := caughtBy(t, front, m, i >= len(mutants)); by != "" {
					caught.Add(1)
					t.Log("caught by " + by)
				}
			})
		}
	})
	t.Logf("caught %d of %d", caught.Load(), tried.Load())
}

// caughtBy tells the case that found a mutant, or fails the test. One that shows
// only under stress is judged by the case that is there for it alone.
func caughtBy(t *testing.T, front string, m mutant, stress bool) string {
	t.Helper()
	// The cases that wait for timers take twenty seconds, and attacks some: only
	// who breaks a timer needs them.
	sections := "rfc6733/2,rfc6733/3,rfc6733/4,rfc6733/5.3,rfc6733/5.4,rfc6733/5.6,rfc6733/6,rfc6733/7,rfc7683,rfc7944,ts29272"
	r := startRegister(t, buildMutant(t, front, m))
	subject := r.subject
	switch {
	case stress:
		sections = m.by
	case strings.HasPrefix(m.by, "rfc3539"):
		sections = "rfc3539"
	default:
		subject = r.undriven
	}
	failed := failures(t, r, subject, sections)
	for _, id := range failed {
		if strings.HasPrefix(id, m.by) {
			return fmt.Sprintf("%s, and %d other cases fail", id, len(failed)-1)
		}
	}
	t.Errorf("not caught by %s; these failed: %v", m.by, failed)
	return ""
}

// buildMutant builds the register with a defect, and leaves the tree alone.
func buildMutant(t *testing.T, front string, m mutant) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"build", "-ldflags=-s -w", "-o", filepath.Join(dir, "paperweight")}
	if m.file != "" {
		name := filepath.Join(front, filepath.FromSlash(m.file))
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), m.old); n != 1 {
			t.Fatalf("%s has this text %d times, not once; write the mutant anew:\n%s", m.file, n, m.old)
		}
		changed := write(t, dir, "changed.go", []byte(strings.Replace(string(text), m.old, m.new, 1)))
		overlay, err := json.Marshal(map[string]map[string]string{"Replace": {name: changed}})
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, "-overlay", write(t, dir, "overlay.json", overlay))
	}
	if out, err := exec.Command("go", append(args, "paperweight/gateway")...).CombinedOutput(); err != nil {
		t.Fatalf("the mutant does not compile: %v\n%s", err, out)
	}
	return filepath.Join(dir, "paperweight")
}

// failures runs sections against a register, of which a subject.yaml tells, and
// returns the cases that fail.
func failures(t *testing.T, r register, subject, sections string) []string {
	t.Helper()
	out, err := run("run", "--target", r.tcp, "--subject", subject, "--strict", "--timeout", "4s", "--jobs", "8", "--json", "--section", sections)
	var found *failure
	if err != nil && !errors.As(err, &found) {
		t.Fatalf("the mutant can't be judged: %v", err)
	}
	var report struct {
		Results []struct {
			ID      string        `json:"id"`
			Outcome judge.Outcome `json:"outcome"`
		} `json:"results"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, x := range report.Results {
		if x.Outcome == judge.Failed {
			failed = append(failed, x.ID)
		}
	}
	return failed
}
