package paperweight_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// inspection walks a house and notes what breaks a law.
type inspection struct {
	found []string
	// documented says of each package whether its doc.go has a comment.
	documented map[string]bool
}

// inspect returns what it finds, in the order of the walk. Folders named in
// ignored, as .gitignore names them, are not part of the house.
func inspect(house fs.FS, ignored []string) ([]string, error) {
	in := inspection{documented: make(map[string]bool)}
	err := fs.WalkDir(house, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == "testdata" || d.Name()[0] == '.' || slices.Contains(ignored, "/"+name+"/")):
			return fs.SkipDir
		case d.IsDir():
			if name != "." && !strings.Contains(name, "/") && !slices.Contains(rooms, name) {
				in.note("%s is no room of the house: %s", name, strings.Join(rooms, " "))
			}
			return nil
		case path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(house, name)
		if err != nil {
			return err
		}
		return in.file(name, text)
	})
	for dir, documented := range in.documented {
		if !documented {
			in.note("%s has no doc.go with a package comment", dir)
		}
	}
	return in.found, err
}

func (in *inspection) note(format string, args ...any) {
	in.found = append(in.found, fmt.Sprintf(format, args...))
}

func (in *inspection) file(name string, text []byte) error {
	if n := bytes.Count(text, []byte("\n")); n > 400 {
		in.note("%s has %d lines: over 400 it is more than one concern", name, n)
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	dir, test := path.Dir(name), strings.HasSuffix(name, "_test.go")
	if !test {
		in.documented[dir] = in.documented[dir] || path.Base(name) == "doc.go" && f.Doc != nil
	}
	for _, c := range f.Comments {
		if strings.Contains(c.Text(), "TODO") {
			in.note("%s leaves a TODO: do it, or write an issue", name)
		}
	}
	i := slices.IndexFunc(laws, func(l law) bool { return within(dir, l.dir) })
	if i < 0 {
		in.note("%s: no law says what it may import", name)
		return nil
	}
	l := &laws[i]
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if why := l.forbids(p, test); why != "" {
			in.note("%s imports %s: %s", name, p, why)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		in.node(name, l, n, test)
		return true
	})
	return nil
}

// forbids returns why an import is against the law, or "".
func (l *law) forbids(p string, test bool) string {
	ours, isOurs := strings.CutPrefix(p, "paperweight/")
	switch {
	case isOurs:
		if within(ours, l.dir) || slices.ContainsFunc(l.ours, func(o string) bool { return within(ours, o) }) {
			return ""
		}
		return l.why
	case test:
		return ""
	case l.dir != "gateway" && (p == "log" || p == "log/slog"):
		return "only gateway logs"
	}
	allowed, external := l.standard, strings.Contains(strings.Split(p, "/")[0], ".")
	if external {
		allowed = l.theirs
	}
	if slices.ContainsFunc(allowed, func(a string) bool { return a == "*" || a == p || external && within(p, a) }) {
		return ""
	}
	return l.why
}

// node notes what no import shows.
func (in *inspection) node(name string, l *law, n ast.Node, test bool) {
	switch n := n.(type) {
	case *ast.GoStmt:
		if l.pure && !test {
			in.note("%s starts a goroutine: %s", name, l.why)
		}
	case *ast.FuncDecl:
		if n.Name.Name == "init" && n.Recv == nil {
			in.note("%s has an init function: nothing works before main", name)
		}
	case *ast.SelectorExpr:
		x, _ := n.X.(*ast.Ident)
		of := func(p string, names ...string) bool {
			return x != nil && x.Name == p && slices.Contains(names, n.Sel.Name)
		}
		switch {
		case l.pure && !test && of("time", "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"):
			in.note("%s asks the clock (time.%s): %s", name, n.Sel.Name, l.why)
		case !test || within(path.Dir(name), skipping):
		case of("testing", "Short"):
			in.note("%s asks testing.Short: every test runs, or is behind %s's gate", name, skipping)
		case slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, n.Sel.Name) && !property(x):
			in.note("%s skips (%s): every test runs, or is behind %s's gate", name, n.Sel.Name, skipping)
		}
	}
}

// property reports whether x is a *rapid.T, whose Skip only draws another case.
func property(x *ast.Ident) bool {
	if x == nil || x.Obj == nil {
		return false
	}
	f, ok := x.Obj.Decl.(*ast.Field)
	return ok && types.ExprString(f.Type) == "*rapid.T"
}

// within reports whether p is dir or lies below it.
func within(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

func sortedCopy(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}
