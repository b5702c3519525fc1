package admin

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/listfile"
)

// written is the operator's own entries as a file of them.
func written(t *testing.T, c *Client) string {
	t.Helper()
	var b bytes.Buffer
	w := listfile.NewWriter(&b)
	for e, err := range c.Show(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		listed, err := e.Listed()
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&listed); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func imported(t *testing.T, c *Client, job OwnImport) OwnImported {
	t.Helper()
	job.Name = "own.csv"
	done, err := c.ImportOwn(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

const heading = "target,imsi,status,svn,reason,reference,date,until\n"

// TestOwnRoundTrip: a hundred thousand entries, as a national operator may hold,
// of every kind and with a reason each, come back into an empty node as they are.
func TestOwnRoundTrip(t *testing.T) {
	const n = 100_000
	var b strings.Builder
	b.WriteString(heading)
	for i := range n {
		equipment, imsi := fmt.Sprintf("0044%010d", i), ""
		switch i % 6 {
		case 1:
			equipment = fmt.Sprintf("00%06d", i)
		case 2:
			equipment = fmt.Sprintf("0044%010d-0044%010d", i, i+2)
		case 3:
			imsi = fmt.Sprintf("00101%010d", i)
		case 4:
			equipment, imsi = fmt.Sprintf("0044%010d-0044%010d", i, i), "00101*"
		case 5:
			equipment, imsi = "", fmt.Sprintf("00101%010d", i)
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,\"Łódź, \"\"%d\"\"\",%d,%s,%s\n", equipment, imsi, []string{"permitted", "tracked", "prohibited"}[i%3],
			[]string{"", "00", "07 99"}[i%3], i, i, []string{"", "1969-12-31T23:59:59Z", "2026-01-02T03:04:05Z"}[i%3], []string{"", "1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"}[i%3])
	}
	large := func(o *Options) { o.MaxUpload = 64 << 20 }
	first, second := run(t, large), run(t, large)
	done := imported(t, first.client, OwnImport{Content: strings.NewReader(b.String())})
	if done.Added != n || done.Ended != n/3 || done.State.Sequence != 1 {
		t.Errorf("imported %+v", done)
	}
	text := written(t, first.client)
	if lines := strings.Count(text, "\n"); lines != n+1 {
		t.Errorf("%d lines are written", lines)
	}
	imported(t, second.client, OwnImport{Content: strings.NewReader(text)})
	if again := written(t, second.client); again != text {
		t.Errorf("what comes back differs: %d bytes, then %d", len(text), len(again))
	}
	if done := imported(t, second.client, OwnImport{Content: strings.NewReader(b.String()), Replace: true}); done.Unchanged != n || done.State.Sequence != 1 {
		t.Errorf("the same once more: %+v", done)
	}
	if done := imported(t, second.client, OwnImport{Content: strings.NewReader(heading), Replace: true}); done.Removed != n || done.State.Entries != 0 {
		t.Errorf("none of them: %+v", done)
	}
}

func TestOwnRefused(t *testing.T) {
	n := run(t, func(o *Options) { o.Node.Limits.ChangeEntries, o.MaxUpload = 3, 4096 })
	before := heading + "00440100000001,,prohibited,,stolen,,2026-01-02T03:04:05Z,\n"
	imported(t, n.client, OwnImport{Content: strings.NewReader(before)})
	many := heading
	for i := range 4 {
		many += fmt.Sprintf("0044019900000%d,,prohibited,,x,,,\n", i)
	}
	for name, test := range map[string]struct {
		content string
		replace bool
		want    string
	}{
		"a bad line":            {heading + "0044,,prohibited,,x,,,\n00440199000001,,prohibited,,x,,,\n", false, "own.csv:2: field 1 (target)"},
		"a date that is none":   {heading + "00440199000001,,prohibited,,x,,31.12.2026,\n", false, "own.csv:2: field 7 (date)"},
		"half a line":           {heading + "00440199000001,,prohibited,,x", false, "own.csv:2: field 5 (reason): the line has 5 fields, the header 8"},
		"nothing":               {"\n", true, "own.csv is empty"},
		"too many entries":      {many, false, "import.change_entries"},
		"too many bytes":        {heading + strings.Repeat("\n", 4096), true, "admin.max_upload"},
		"a change for a whole":  {"target,op\n00440100000001,remove\n", true, "leave --replace out"},
		"another format":        {"imei,block_date,reasons\n", false, "own.csv:1: the header has a column"},
		"a reason of two lines": {heading + "00440199000001,,prohibited,,\"x\ny\",,,\n", false, "own.csv:2"},
	} {
		_, err := n.client.ImportOwn(t.Context(), OwnImport{Name: "own.csv", Content: strings.NewReader(test.content), Replace: test.replace})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if now := written(t, n.client); now != before {
			t.Errorf("%s: the list is changed:\n%s", name, now)
		}
	}
	if _, err := n.client.Add(t.Context(), Entry{Target: Target{Equipment: "00440199000001"}, Status: eir.Prohibited, Reason: "x\ny"}); err == nil || !strings.Contains(err.Error(), "control characters") {
		t.Errorf("a reason that no file can hold: %v", err)
	}
}

// TestOwnMeanwhile: an entry that is made while a file is held against the list is
// not taken away as one that the file does not have.
func TestOwnMeanwhile(t *testing.T) {
	n := run(t, nil)
	node := n.server.options.Node
	asked := 0
	node.Now = func() time.Time {
		if asked++; asked == 2 {
			if _, err := node.Store.Apply(store.Change{Source: store.Operator, Put: []eir.Entry{{Target: eir.Target{Kind: eir.Exact, From: 1, To: 1}, Status: eir.Prohibited}}}); err != nil {
				t.Error(err)
			}
		}
		return noon
	}
	file := heading + "00440199000001,,prohibited,,x,,,\n"
	_, err := n.client.ImportOwn(t.Context(), OwnImport{Name: "own.csv", Content: strings.NewReader(file), Replace: true})
	if err == nil || !strings.Contains(err.Error(), "changed by somebody else meanwhile") {
		t.Errorf("%v", err)
	}
	if s, _ := node.Store.Source(store.Operator); s.Entries != 1 || s.Sequence != 1 {
		t.Errorf("%+v", s)
	}
}
