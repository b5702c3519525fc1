package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
)

func texts(all ...string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, text := range all {
			if !yield([]byte(text), nil) {
				return
			}
		}
	}
}

func read(t *testing.T, fs vfs.FS) (all []string, d Damage) {
	t.Helper()
	d, err := Read(fs, "dir/file", func(text []byte) error {
		all = append(all, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, d
}

func newJournal(t *testing.T, fs vfs.FS, all ...string) *Journal {
	t.Helper()
	if err := fs.MkdirAll("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	j, err := Create(fs, "dir/file", texts(all...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func TestGoldenLine(t *testing.T) {
	fs := vfs.NewMem()
	newJournal(t, fs, "123456789")
	f, err := fs.Open("dir/file")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	// The check value of CRC-32C (RFC 3720 B.4 has the polynomial).
	if want := "e3069283 123456789\n"; string(b) != want {
		t.Errorf("%q, want %q", b, want)
	}
}

// TestCrash: what Append has acknowledged survives a power cut, whenever the
// file was created anew.
func TestCrash(t *testing.T) {
	fs := vfs.NewCrashableMem()
	if err := fs.MkdirAll("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := fs.OpenDir("")
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Sync(); err != nil {
		t.Fatal(err)
	}
	var want []string
	var j *Journal
	for i := range 20 {
		if i%7 == 0 {
			var all []string
			if i > 0 {
				all = want
			}
			if j, err = Create(fs, "dir/file", texts(all...)); err != nil {
				t.Fatal(err)
			}
			defer j.Close()
		}
		want = append(want, fmt.Sprint("line ", i))
		if err := j.Append([]byte(want[i])); err != nil {
			t.Fatal(err)
		}
		got, d := read(t, fs.CrashClone(vfs.CrashCloneCfg{}))
		if diff := cmp.Diff(want, got); diff != "" || d != (Damage{}) {
			t.Fatalf("after %d: %+v %s", i, d, diff)
		}
	}
}

// TestDamage flips each bit, cuts at each byte and takes away each line: no line
// is ever read that was not written, and all others are.
func TestDamage(t *testing.T) {
	fs := vfs.NewMem()
	want := []string{"", "one", `{"two":2}`, "three"}
	newJournal(t, fs, want...)
	var whole []byte
	for _, text := range want {
		whole = appendLine(whole, []byte(text))
	}
	damaged := func(b []byte) (got []string, d Damage) {
		f, err := fs.Create("dir/file", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		// A vfs.File may spoil what it was given to write.
		if _, err := f.Write(bytes.Clone(b)); err != nil {
			t.Fatal(err)
		}
		f.Close()
		return read(t, fs)
	}
	for i := range len(whole) * 8 {
		b := bytes.Clone(whole)
		b[i/8] ^= 1 << (i % 8)
		got, d := damaged(b)
		// A newline that is gone spoils two lines.
		if lost := len(want) - len(got); lost < 1 || lost > 2 || d == (Damage{}) {
			t.Fatalf("bit %d: %+v, read %q", i, d, got)
		}
		for _, text := range got {
			if !slices.Contains(want, text) {
				t.Fatalf("bit %d: read %q", i, text)
			}
		}
	}
	for n := range len(whole) {
		got, d := damaged(whole[:n])
		atLine := n == 0 || whole[n-1] == '\n'
		if lines := want[:bytes.Count(whole[:n], []byte("\n"))]; !slices.Equal(got, lines) || d.Torn == atLine || d.Lines != 0 {
			t.Fatalf("cut at %d: %+v, read %q", n, d, got)
		}
	}
}

func TestLong(t *testing.T) {
	j := newJournal(t, vfs.NewMem(), "short")
	text := bytes.Repeat([]byte("x"), 1<<18)
	for i := range 4 {
		if j.Long() {
			t.Fatalf("long after %d lines", i)
		}
		if err := j.Append(text); err != nil {
			t.Fatal(err)
		}
	}
	if !j.Long() {
		t.Error("not long with a mebibyte more")
	}
}

func TestNoFile(t *testing.T) {
	_, err := Read(vfs.NewMem(), "file", nil)
	if !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(appendLine(appendLine(nil, []byte("one")), []byte("two")))
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := vfs.NewMem()
		file, err := fs.Create("file", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(bytes.Clone(data)); err != nil {
			t.Fatal(err)
		}
		file.Close()
		if _, err := Read(fs, "file", func(text []byte) error {
			if !bytes.Contains(data, appendLine(nil, text)) {
				t.Errorf("read %q, which no line says", text)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
