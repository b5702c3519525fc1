package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"paperweight/conformance/callee"
	"paperweight/conformance/octets"
)

// A server that answers each request with its own AVPs and a Result-Code, and
// hangs up at command 1; it is silent at command 2.
func serve(t *testing.T) *Setup { return listening(t, answer) }

// listening returns the way to a subject that serves each connection by serve.
func listening(t *testing.T, serve func(net.Conn)) *Setup {
	t.Helper()
	s := &Setup{Target: callee.Serve(t, serve), Transport: "tcp", Timeout: 200 * time.Millisecond, Subject: DefaultSubject()}
	s.Connect = func(context.Context) (net.Conn, error) { return net.Dial("tcp", s.Target) }
	return s
}

func answer(c net.Conn) {
	header := make([]byte, octets.HeaderLen)
	for {
		if _, err := io.ReadFull(c, header); err != nil {
			return
		}
		b := append(header[:len(header):len(header)], make([]byte, int(header[2])<<8+int(header[3])-len(header))...)
		if _, err := io.ReadFull(c, b[len(header):]); err != nil {
			return
		}
		m, err := octets.Parse(b)
		if err != nil || m.Command == 1 {
			return
		}
		if m.Command == 2 {
			continue
		}
		a := octets.Message{Command: m.Command, App: m.App, HopByHop: m.HopByHop, EndToEnd: m.EndToEnd}
		a = a.With(octets.Number(octets.ResultCode, Success), octets.Text(octets.OriginHost, "eir.test"), octets.Text(octets.OriginRealm, "test"))
		if _, err := c.Write(a.Bytes()); err != nil {
			return
		}
	}
}

func cases() []Case {
	return []Case{
		{ID: "doc/1/passes", Text: "It passes.", Run: func(t *T) { t.Open() }},
		{ID: "doc/1/fails", Text: "It fails.", Run: func(t *T) {
			c := t.Open()
			t.Refused(c.Ask(c.ECR("00100101000001")), 3001)
		}},
		{ID: "doc/1.2/should", Level: Should, Text: "It should.", Run: func(t *T) {
			c := t.Open()
			c.Send(c.Request(1, 0).Bytes())
			_, closed := c.UntilClosed()
			t.Expect(!closed, "a connection that stays")
		}},
		{ID: "doc/2/needs", Text: "It needs.", Needs: []Need{NeedEquipment}, Run: func(*T) {}},
		{ID: "doc/2/turns-out", Text: "It turns out.", Run: func(t *T) { t.NotRun("no reason") }},
		{ID: "doc/2/silent", Text: "It is silent.", Alone: true, Run: func(t *T) {
			c := t.Open()
			c.Ask(c.Request(2, 0))
		}},
		{ID: "doc/3/panics", Text: "It panics.", Run: func(*T) { panic("oh") }},
	}
}

func judged(t *testing.T, r Run) *Report {
	t.Helper()
	s := serve(t)
	if err := s.Meet(); err != nil {
		t.Fatal(err)
	}
	if s.Subject.Host != "eir.test" || s.Subject.Realm != "test" {
		t.Errorf("names from the CEA: %q %q", s.Subject.Host, s.Subject.Realm)
	}
	r.Jobs = 3
	return r.Judge(context.Background(), s)
}

func TestOutcomes(t *testing.T) {
	told := 0
	r := judged(t, Run{Cases: cases(), Each: func(*Result) { told++ }})
	var got []Outcome
	for _, x := range r.Results {
		got = append(got, x.Outcome)
	}
	want := []Outcome{Passed, Failed, Warned, NotRun, NotRun, Failed, Failed}
	if !slices.Equal(got, want) || told != len(want) {
		t.Errorf("outcomes %v (%d told), want %v", got, told, want)
	}
	if r.Counts != (Counts{Cases: 7, Passed: 1, Failed: 3, Warned: 1, NotRun: 2}) || r.OK() {
		t.Errorf("counts %+v, OK %v", r.Counts, r.OK())
	}
	for i, words := range map[int][]string{
		1: {"expected: Result-Code 3001", "sent on connection 1", "came on connection 1", "Result-Code 268 [M] = 2001", `IMEI 1402 [VM] = "00100101000001"`, "0000  01"},
		2: {"closed on connection 1"},
		5: {"nothing on connection 1: within"},
		6: {"not to panic: oh"},
	} {
		for _, w := range words {
			if !strings.Contains(r.Results[i].Failure.text(), w) {
				t.Errorf("%s: no %q in\n%s", r.Results[i].ID, w, r.Results[i].Failure.text())
			}
		}
	}
}

func TestStrictAndExpected(t *testing.T) {
	expected := map[string]string{"doc/1/fails": "known", "doc/1.2/should": "known", "doc/2/silent": "known", "doc/3/panics": "known", "doc/1/passes": "was bad once"}
	r := judged(t, Run{Cases: cases(), Strict: true, Expected: expected})
	if r.Counts.Expected != 4 || r.Counts.Better != 1 || r.Counts.Failed != 0 || r.OK() {
		t.Errorf("strict: %+v, OK %v", r.Counts, r.OK())
	}
	delete(expected, "doc/1/passes")
	if r = judged(t, Run{Cases: cases(), Strict: true, Expected: expected}); !r.OK() {
		t.Errorf("all failures expected, and not OK: %+v", r.Counts)
	}
	if r = judged(t, Run{Cases: cases()[2:3], Strict: true}); r.Results[0].Outcome != Failed {
		t.Errorf("a SHOULD in a strict run: %v", r.Results[0].Outcome)
	}
}

func TestReports(t *testing.T) {
	r := judged(t, Run{Cases: cases(), Expected: map[string]string{"doc/2/silent": "is <mute>"}})
	var j, x, h bytes.Buffer
	if err := errors.Join(r.JSON(&j), r.JUnit(&x), r.HTML(&h)); err != nil {
		t.Fatal(err)
	}
	var asJSON struct {
		Counts  Counts
		Results []struct {
			Outcome string
			Failure *struct {
				Expected   string
				Transcript []struct{ What, Hex, Decoded string }
			}
		}
	}
	if err := json.Unmarshal(j.Bytes(), &asJSON); err != nil || asJSON.Counts != r.Counts {
		t.Errorf("JSON: %v, %+v", err, asJSON.Counts)
	} else if f := asJSON.Results[1].Failure; f == nil || f.Expected == "" || !strings.HasPrefix(f.Transcript[len(f.Transcript)-1].Hex, "01") {
		t.Errorf("JSON failure: %+v", f)
	}
	var s junitSuite
	if err := xml.Unmarshal(x.Bytes(), &s); err != nil || s.Tests != 7 || s.Failures != 2 || s.Skipped != 3 {
		t.Errorf("JUnit: %v, %+v", err, s)
	}
	if s.Errors != 0 || s.Timestamp == "" || s.Time <= 0 {
		t.Errorf("JUnit: errors %d, timestamp %q, time %v", s.Errors, s.Timestamp, s.Time)
	}
	if !strings.Contains(h.String(), "is &lt;mute&gt;") || strings.Count(h.String(), "<tr class") != 7 {
		t.Errorf("HTML:\n%s", h.String())
	}
}

func TestSelect(t *testing.T) {
	for section, want := range map[string]int{"doc": 7, "doc/1": 3, "doc/1.2": 1, "doc/2/silent": 1, "doc/1,doc/3": 4} {
		got, err := Select(cases(), strings.Split(section, ","))
		if err != nil || len(got) != want {
			t.Errorf("%s: %d cases, %v; want %d", section, len(got), err, want)
		}
	}
	for _, section := range []string{"do", "doc/4", "doc/1/pass"} {
		if _, err := Select(cases(), []string{section}); err == nil {
			t.Errorf("%s: no error", section)
		}
	}
}

func TestPreparedSubjectIsRead(t *testing.T) {
	made, files := Prepare("epc.example.org", "192.0.2.1")
	name := filepath.Join(t.TempDir(), "subject.yaml")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(files[0].Text)
	read, err := ReadSubject(name)
	if err != nil || !slices.Equal(read.Equipment.Tracked, made.Equipment.Tracked) || read.Equipment.Pair != made.Equipment.Pair || read.Peers != made.Peers {
		t.Errorf("read %+v, %v", read, err)
	}
	for text, words := range map[string]string{
		"hsot: x":                         "hsot",
		"equipment: {prohibited: ['12']}": "14 digits",
		"equipment: {prohibited: ['00100101000001']}":        "equipment.tracked is empty",
		"declares: {unknown: maybe}":                         "maybe",
		"declares: {malformed: {empty: perhaps}}":            "perhaps",
		"declares: {malformed: {to_short: invalid}}":         "to_short",
		"peers: {prefix: x, count: 2}":                       "16 or more",
		"drive: {peer_rate: 99}":                             "drive.peer_rate: 99",
		"drive: {node_rate: 20001}":                          "drive.node_rate: 20001",
		"drive: {within: 0s}":                                "drive.within",
		"drive: {unread: ['12']}":                            "14 digits",
		"drive: {commands: {stop: x}}":                       "stop and start",
		"drive: {commands: {mend_store: x}}":                 "break_store and mend_store",
		"declares: {store_failure: maybe}":                   "maybe",
		"drive: {commands: {break_store: x, mend_store: x}}": "drive.unread is empty",
	} {
		write(text)
		if _, err := ReadSubject(name); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want an error with %q", text, err, words)
		}
	}
}

func TestExpectedFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "expected.yaml")
	for text, words := range map[string]string{
		"doc/1/fails: known\n": "",
		"doc/9/x: known\n":     "no case is called",
		"doc/1/fails: ''\n":    "no reason",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadExpected(name, cases())
		if (err == nil) != (words == "") || err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v, want %q", text, err, words)
		}
	}
}
