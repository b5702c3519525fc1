package diameter

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paperweight/diameter/wire"
)

// testsOf are the names of the tests in a folder, whatever their build tags.
func testsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(files), err)
	}
	names := map[string]bool{}
	for _, f := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

// COMPLIANCE.md says nothing that no test shows: each row has a state, each row
// that complies, in whole or in part, names tests, and these exist.
func TestComplianceNamesTests(t *testing.T) {
	page, err := os.ReadFile("COMPLIANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]map[string]bool{}
	for _, dir := range []string{".", "peer", "s13", "sctp", "wire"} {
		tests[dir] = testsOf(t, dir)
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 7 || strings.HasPrefix(line, "| clause") || strings.HasPrefix(line, "|--") {
			if strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "| clause") && !strings.HasPrefix(line, "|--") {
				t.Errorf("a row of %d cells: %s", len(cells)-2, line)
			}
			continue
		}
		rows++
		clause, state, shown := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[3]), cells[5]
		if !slices.Contains([]string{"complies", "partly", "not", "n.a."}, state) {
			t.Errorf("%s: %q is no state", clause, state)
		}
		named := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(shown, -1)
		if len(named) == 0 && (state == "complies" || state == "partly") {
			t.Errorf("%s: no test shows it", clause)
		}
		for _, n := range named {
			dir, name, ok := strings.Cut(n[1], ".")
			if !ok {
				dir, name = ".", n[1]
			}
			if strings.Contains(n[1], "/") {
				if _, err := os.Stat(n[1]); err != nil {
					t.Errorf("%s: %v", clause, err)
				}
			} else if !tests[dir][name] {
				t.Errorf("%s: there is no test %s", clause, n[1])
			}
		}
	}
	if rows < 90 {
		t.Errorf("%d rows were read", rows)
	}
}

// RFC 6733 3: a request sent again, with T, is answered the same way again, and
// the answer has no T.
func TestDuplicatesAreAnsweredAgain(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	again := ecr(7, "00101700000003")
	again[4] |= wire.FlagRetransmitted
	m.send(ecr(7, "00101700000003"), again, again)
	first := m.read()
	for range 2 {
		if next := m.read(); !bytes.Equal(first, next) || next[4]&wire.FlagRetransmitted != 0 {
			t.Errorf("the answer to a duplicate differs:\n%x\n%x", first, next)
		}
	}
}
