package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/store/feed/trust"
	"paperweight/store/intake"
)

// prepareOnly does a publication up to a moment, as a crash there leaves it.
func (a *authority) prepareOnly(name, text string, advance bool) {
	a.t.Helper()
	j := Job{Files: []intake.File{file(a.t, name, text)}, At: a.now}
	r := a.result()
	out, err := a.prepare(context.Background(), &j, &r)
	if err != nil || out == nil {
		a.t.Fatal(out, err)
	}
	if advance {
		err = a.put(out, j.At, &r)
	} else {
		_, err = a.announce(out, j.At, &r)
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

func TestAPublicationThatACrashCutOffGoesOn(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  func(*authority)
	}{
		{"the target is added, the list does not know", func(a *authority) {
			a.prepareOnly("20260302_blacklist.csv", blacklist(2, 3), false)
		}},
		{"the list knows, nothing is signed", func(a *authority) {
			a.prepareOnly("20260302_blacklist.csv", blacklist(2, 3), true)
		}},
		{"half a target and half a state lie about", func(a *authority) {
			a.prepareOnly("20260302_blacklist.csv", blacklist(2, 3), false)
			for _, name := range []string{"tmp-target", "tmp-state.json", "tmp-run-0", "00000009.part"} {
				if err := os.WriteFile(filepath.Join(a.dir, "list", name), []byte("half"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"the list is lost", func(a *authority) {
			a.publish("20260302_blacklist.csv", blacklist(2, 3))
			if err := os.RemoveAll(filepath.Join(a.dir, "list")); err != nil {
				t.Fatal(err)
			}
		}},
		{"what was prepared is lost", func(a *authority) {
			a.prepareOnly("20260302_blacklist.csv", blacklist(2, 3), true)
			if err := os.RemoveAll(filepath.Join(a.dir, "next")); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(a.dir, "next"), 0o755); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAuthority(t, Config{})
			a.publish("20260301_blacklist.csv", blacklist(1, 2))
			c.cut(a)
			a.reopen()
			if a.list.State.Sequence != 2 {
				t.Fatalf("the list is at sequence %d", a.list.State.Sequence)
			}
			if _, err := a.tryPublish(); err != nil {
				t.Fatal(err)
			}
			want := []string{"00000000000002 prohibited stolen", "00000000000003 prohibited stolen"}
			if diff := cmp.Diff(want, a.published()); diff != "" {
				t.Error(diff)
			}
			a.publish("20260303_blacklist.csv", blacklist(3, 4))
			if diff := cmp.Diff(a.listed(), a.published()); diff != "" || len(a.listed()) != 2 {
				t.Error(a.listed(), diff)
			}
			if files, err := filepath.Glob(filepath.Join(a.dir, "list", "*")); err != nil || len(files) != 2 {
				t.Errorf("left behind: %v, %v", files, err)
			}
		})
	}
}

func TestAPreparedFileThatWasChangedIsNotTaken(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	other := newAuthority(t, Config{})
	other.publish("20260301_blacklist.csv", blacklist(1, 2))
	other.publish("20260302_blacklist.csv", blacklist(1))
	a.prepareOnly("20260302_blacklist.csv", blacklist(2, 3), false)
	_, mine := a.targets()
	_, theirs := other.targets()
	// A sound delta, but not the one that this authority prepared.
	text, err := os.ReadFile(other.path(&theirs[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.path(&mine[0]), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if p, err := Open(a.config); err == nil {
		p.Close()
		t.Error("it was taken")
	}
}

func TestDamageOfTheListIsFound(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2, 3))
	name := filepath.Join(a.dir, "list", a.list.Parts[0].File)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.tryPublish(file(t, "20260302_blacklist.csv", blacklist(1, 2))); err == nil {
		t.Error("a damaged list was compared with")
	}
	if _, err := a.Snapshot(context.Background(), a.now, a.keys...); err == nil {
		t.Error("a damaged list was published")
	}
}

func TestASecondProcessWaits(t *testing.T) {
	a := newAuthority(t, Config{})
	if _, err := Open(a.config); !errors.Is(err, trust.ErrBusy) {
		t.Errorf("%v", err)
	}
}

// A part that is whole and of another list is found by the digest alone.
func TestAPartOfAnotherListIsFound(t *testing.T) {
	a, other := newAuthority(t, Config{}), newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2, 3))
	other.publish("20260301_blacklist.csv", blacklist(1, 2, 4))
	text, err := os.ReadFile(filepath.Join(other.dir, "list", other.list.Parts[0].File))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.dir, "list", a.list.Parts[0].File), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Snapshot(context.Background(), a.now, a.keys...); err == nil {
		t.Error("another list was published under the digest of this one")
	}
}
