package admin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"paperweight/eir"
	"paperweight/store/feed"
	"paperweight/store/feed/format"
)

// Outcome is what a Trial found.
type Outcome struct {
	// Checks is how many were asked, Changed how many of them would be
	// answered otherwise.
	Checks  uint64 `json:"checks"`
	Changed uint64 `json:"changed"`
	// Turns divides Changed by the statuses before and after.
	Turns []feed.Turn `json:"turns"`
	// Samples are the first of the changed ones: whole identities, for the
	// operator's eyes.
	Samples []Turned `json:"samples"`
}

// Turned is a check that would be answered otherwise.
type Turned struct {
	IMEI string `json:"imei"`
	SVN  string `json:"svn,omitempty"`
	IMSI string `json:"imsi,omitempty"`
	Now  Answer `json:"now"`
	Then Answer `json:"then"`
}

// Answer is a verdict, as it is told.
type Answer struct {
	Status eir.Status `json:"status"`
	Rule   string     `json:"rule"`
	Reason string     `json:"reason"`
	// Source is whose entry decided; empty where none did.
	Source string `json:"source,omitempty"`
}

func outcome(w feed.WhatIf) Outcome {
	o := Outcome{Checks: w.Checks, Changed: w.Changed, Turns: []feed.Turn{}, Samples: []Turned{}}
	o.Turns = append(o.Turns, w.Turns...)
	for i := range w.Samples {
		s := &w.Samples[i]
		t := Turned{IMEI: s.Query.IMEI.String(), Now: told(&s.Now), Then: told(&s.Then)}
		if !s.Query.Form.HasIMEI() {
			t.IMEI = "(" + s.Query.Form.String() + ")"
		}
		if s.Query.SVN != eir.NoSVN {
			t.SVN = s.Query.SVN.String()
		}
		if s.Query.IMSI != 0 {
			t.IMSI = s.Query.IMSI.String()
		}
		o.Samples = append(o.Samples, t)
	}
	return o
}

func told(v *eir.Verdict) Answer {
	a := Answer{Status: v.Status, Rule: v.Rule.String(), Reason: v.Reason}
	if v.Source != nil {
		a.Source = v.Source.Name
	}
	return a
}

// questions reads a check a line, IMEI or IMEI,IMSI, each as it would be sent.
// Empty lines, comments after # and a heading are passed over; a malformed IMEI
// is a check like any other.
func questions(r io.Reader, name string, at time.Time) iter.Seq2[eir.Query, error] {
	return func(yield func(eir.Query, error) bool) {
		lines := bufio.NewScanner(r)
		for n := 1; lines.Scan(); n++ {
			line, _, _ := strings.Cut(lines.Text(), "#")
			imei, imsi, _ := strings.Cut(strings.TrimSpace(line), ",")
			if imei == "" || n == 1 && strings.EqualFold(imei, "imei") {
				continue
			}
			if _, ok := eir.ParseIMSI([]byte(imsi)); imsi != "" && !ok {
				yield(eir.Query{}, &Refusal{Message: fmt.Sprintf("%s:%d: what follows the comma is no IMSI", name, n)})
				return
			}
			if !yield(Question{IMEI: imei, IMSI: imsi}.query(at), nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(eir.Query{}, fmt.Errorf("%s: %w", name, err))
		}
	}
}

// badCandidate tells a file that is none of a feed from our own failures.
func badCandidate(name string, err error) error {
	var fault *format.Error
	if errors.As(err, &fault) {
		return &Refusal{Message: fmt.Sprintf("%s: %v", name, fault), Hint: "a candidate is a file of a feed, a snapshot or a delta, as lies in DIR/public"}
	}
	return err
}
