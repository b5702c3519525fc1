package main

import (
	"bytes"
	"testing"
	"time"

	"paperweight/store/intake"
)

func TestProgress(t *testing.T) {
	steps := []intake.Progress{
		{Phase: intake.Reading, File: "a.csv", Bytes: 50, Total: 100, Lines: 1000},
		{Phase: intake.Reading, File: "a.csv", Bytes: 100, Total: 100, Lines: 2000, Problems: 3},
		{Phase: intake.Applying},
	}
	for name, test := range map[string]struct {
		terminal bool
		pause    time.Duration
		want     string
	}{
		"a file, now and then": {false, 3 * time.Second, "read a.csv 100%, 2000 lines, 3 problems\n"},
		"a file, slowly":       {false, 5 * time.Second, "read a.csv 50%, 1000 lines\nread a.csv 100%, 2000 lines, 3 problems\napply\n"},
		"a terminal": {true, time.Second,
			"\rread a.csv 50%, 1000 lines\rread a.csv 100%, 2000 lines, 3 problems\rapply                                  \r                                       \r"},
	} {
		var out bytes.Buffer
		now := time.Unix(0, 0)
		p := newProgress(&out, func() time.Time { return now })
		p.terminal = test.terminal
		for _, s := range steps {
			now = now.Add(test.pause)
			p.show(s)
		}
		p.end()
		if out.String() != test.want {
			t.Errorf("%s:\n got %q\nwant %q", name, out.String(), test.want)
		}
	}
}
