// Package paperweight_test keeps the house's laws: who may import whom, what
// a file may be. CONTRIBUTING.md tells them; these tests enforce them.
package paperweight_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// law is what one folder, with those below it that have no law of their own,
// may import.
type law struct {
	dir string
	// ours are the packages of this module, with all below them. The folder
	// itself is always among them. This part binds test files too.
	ours []string
	// theirs are the modules from outside; any, where it says "*".
	theirs []string
	// standard are the packages of the standard library, each by its own
	// name; any, where it says "*". log and log/slog are gateway's alone: net/http takes no other.
	standard []string
	// pure forbids the clock and goroutines as well.
	pure bool
	why  string
}

// pure is the part of the standard library that knows no world outside.
var pure = strings.Fields(`bytes cmp container/heap container/list encoding encoding/binary encoding/hex encoding/json errors fmt
	hash hash/crc32 hash/fnv hash/maphash io iter maps math math/bits net/netip slices sort strconv strings sync
	sync/atomic time unicode unicode/utf8 unique`)

var laws = []law{
	{"eir", nil, nil, pure, true,
		"what to answer must be decided without the world outside: the same on every node, for every door"},
	{"diameter/wire", nil, nil, pure, true,
		"bytes and nothing else: fuzzed, and fit for any state"},
	{"diameter/s13", []string{"diameter/wire", "eir"}, []string{"github.com/fiorix/go-diameter/v4"}, pure, true,
		"here ECR meets Query; of go-diameter it asks the dictionaries alone"},
	{"diameter/peer", []string{"diameter/wire", "diameter/s13"}, nil, pure, true,
		"machines are functions of time and event, so that their tests are transcripts"},
	{"diameter", []string{"eir"}, []string{"github.com/fiorix/go-diameter/v4", "github.com/ishidawataru/sctp", "golang.org/x/sys"}, []string{"*"}, false,
		"a door asks through an interface of its own; which store answers is not its business"},
	{"store/listfile", []string{"eir"}, []string{"github.com/klauspost/compress"}, []string{"*"}, false,
		"reading a list file needs no store"},
	{"store/feed", []string{"store", "eir"}, []string{"github.com/theupdateframework/go-tuf/v2", "github.com/sigstore/sigstore", "github.com/klauspost/compress", "golang.org/x/sys"}, []string{"*"}, false,
		"the feed brings lists to a store; its trust is go-tuf's, and sigstore gives the signer that go-tuf asks for"},
	{"store/journal", nil, []string{"github.com/cockroachdb/pebble/v2/vfs"}, strings.Fields("bytes errors hash/crc32 io iter"), false,
		"what a line says is the store's business, whether it is whole is a matter of bytes"},
	{"store/disk", nil, []string{"github.com/cockroachdb/pebble/v2/vfs"}, strings.Fields("errors io/fs slices sync sync/atomic syscall time"), false,
		"what stands between Pebble and the disk knows neither; it calls the system through a vfs alone"},
	{"store", []string{"eir"}, []string{"github.com/cockroachdb", "github.com/FastFilter/xorfilter", "github.com/cespare/xxhash/v2", "github.com/klauspost/compress", "golang.org/x/sys"}, []string{"*"}, false,
		"the store must not know which door asked"},
	{"gateway", []string{"diameter", "store", "eir"}, []string{"*"}, []string{"*"}, false,
		"the program wires everything, but what judges us from outside"},
	{"conformance", nil, []string{"github.com/fiorix/go-diameter/v4", "github.com/spf13/cobra", "github.com/HdrHistogram/hdrhistogram-go", "go.yaml.in/yaml/v3", "github.com/ishidawataru/sctp", "golang.org/x/sys"}, []string{"*"}, false,
		"a shared codec would hide shared mistakes"},
	{".", nil, nil, []string{"*"}, false,
		"the root holds no code, only these tests"},
}

// rooms are the folders of the house, and all of them.
var rooms = []string{"conformance", "deploy", "diameter", "docs", "eir", "gateway", "store"}

// skipping may be done here alone: what these tests need is installed by
// .ci/run, which fails when one was skipped.
const skipping = "conformance/interop"

func TestLaws(t *testing.T) {
	house := os.DirFS(".")
	ignored, err := fs.ReadFile(house, ".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	found, err := inspect(house, strings.Fields(string(ignored)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// A house that breaks each law once: what inspect does not find here, it
// would not find in the real one.
func TestLawsCanBeBroken(t *testing.T) {
	house := fstest.MapFS{}
	for name, text := range map[string]string{
		"go.mod":                        "module paperweight\n",
		"eir/doc.go":                    "// Package eir.\npackage eir\n",
		"eir/a.go":                      "package eir\nimport (\n\"os\"\n\"log\"\n\"paperweight/store\"\n\"go.uber.org/zap\"\n)\n",
		"eir/b.go":                      "package eir\nimport \"time\"\nvar x = time.Now\nfunc init() { go f() }\n",
		"eir/b_test.go":                 "package eir\nimport (\n\"os\"\n\"paperweight/diameter\"\n\"pgregory.net/rapid\"\n)\nfunc f() { go f() }\n",
		"eir/sub/a.go":                  "package sub\nimport (\n\"math/rand\"\n\"sync/atomic\"\n)\n",
		"diameter/doc.go":               "// Package diameter.\npackage diameter\nimport (\n\"log/slog\"\n\"net\"\n\"paperweight/diameter/wire\"\n\"paperweight/store\"\n)\n",
		"store/doc.go":                  "package store\nimport \"github.com/cockroachdb/pebble/v2\"\n",
		"store/a.go":                    "package store // TODO: more\nimport \"paperweight/gateway\"\n",
		"store/listfile/doc.go":         "// Package listfile.\npackage listfile\nimport \"paperweight/store\"\n",
		"gateway/main.go":               "package main\nimport (\n\"log\"\n\"go.uber.org/zap\"\n\"paperweight/conformance\"\n)\n",
		"gateway/a_test.go":             "package main\nfunc f(r *rapid.T) { t.Skipf(\"\"); r.Skip(); testing.Short() }\n",
		"conformance/doc.go":            "// Command conformance.\npackage main\nimport \"paperweight/eir\"\n",
		"conformance/interop/a_test.go": "package interop\nfunc f() { t.Skip() }\n",
		"util/a.go":                     "// Package util.\npackage util\n",
		"bin/a.go":                      "not Go at all",
		"eir/testdata/a.go":             "not Go at all",
		"diameter/long.go":              "package diameter\n" + strings.Repeat("\n", 400),
	} {
		house[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := inspect(house, []string{"/bin/"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"conformance/doc.go imports paperweight/eir: a shared codec would hide shared mistakes",
		"diameter/doc.go imports log/slog: only gateway logs",
		"diameter/doc.go imports paperweight/store: a door asks through an interface of its own; which store answers is not its business",
		"diameter/long.go has 401 lines: over 400 it is more than one concern",
		"eir/a.go imports go.uber.org/zap: " + laws[0].why,
		"eir/a.go imports log: only gateway logs",
		"eir/a.go imports os: " + laws[0].why,
		"eir/a.go imports paperweight/store: " + laws[0].why,
		"eir/b.go asks the clock (time.Now): " + laws[0].why,
		"eir/b.go has an init function: nothing works before main",
		"eir/b.go starts a goroutine: " + laws[0].why,
		"eir/b_test.go imports paperweight/diameter: " + laws[0].why,
		"eir/sub has no doc.go with a package comment",
		"eir/sub/a.go imports math/rand: " + laws[0].why,
		"gateway has no doc.go with a package comment",
		"gateway/a_test.go asks testing.Short: every test runs, or is behind conformance/interop's gate",
		"gateway/a_test.go skips (Skipf): every test runs, or is behind conformance/interop's gate",
		"gateway/main.go imports paperweight/conformance: the program wires everything, but what judges us from outside",
		"store has no doc.go with a package comment",
		"store/a.go imports paperweight/gateway: the store must not know which door asked",
		"store/a.go leaves a TODO: do it, or write an issue",
		"store/listfile/doc.go imports paperweight/store: reading a list file needs no store",
		"util is no room of the house: conformance deploy diameter docs eir gateway store",
		"util/a.go: no law says what it may import",
		"util has no doc.go with a package comment",
	}
	sorted := cmp.Transformer("sorted", sortedCopy)
	if diff := cmp.Diff(want, found, sorted); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
