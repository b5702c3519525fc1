package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"paperweight/store/feed/trust"
)

// What is written is what is read, and what was chosen once is not written over.
func TestSettingsAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "feed")
	got, err := ReadAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(DefaultAuthority(), got); diff != "" {
		t.Errorf("without a file (-want +got):\n%s", diff)
	}
	want := DefaultAuthority()
	want.Lifetimes[trust.Timestamp] = 90 * time.Minute
	want.Grace = 5 * time.Hour
	want.Guard.Update.Freed = 17
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	if got, err = ReadAuthority(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what was written (-want +got):\n%s", diff)
	}
	if err := want.Write(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v, want fs.ErrExist", err)
	}
	// Keys that are left out are the defaults, each by itself.
	if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte("lifetimes: {deltas: 1h}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want = DefaultAuthority()
	want.Lifetimes[trust.Deltas] = time.Hour
	if got, err = ReadAuthority(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("one key (-want +got):\n%s", diff)
	}
}
