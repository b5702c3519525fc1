package listfile_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"paperweight/eir"
	"paperweight/store/listfile"
)

func drawIMSI(t *rapid.T, digits string) eir.IMSI {
	i, ok := eir.ParseIMSIPrefix([]byte(rapid.StringMatching(digits).Draw(t, "imsi")))
	if !ok {
		t.Fatal("no IMSI drawn")
	}
	return i
}

// drawEntry draws any entry that a list can hold.
func drawEntry(t *rapid.T) eir.Entry {
	imei := rapid.Uint64Range(0, uint64(eir.MaxIMEI))
	text := rapid.StringOf(rapid.RuneFrom([]rune("aé ,;|\"'\t#*+-=\u2028\u0085\n")))
	e := eir.Entry{
		Status:    eir.Status(rapid.IntRange(int(eir.Permitted), int(eir.Prohibited)).Draw(t, "status")),
		Reason:    text.Draw(t, "reason"),
		Reference: text.Draw(t, "reference"),
		Date:      rapid.Int64Range(-1e9, 1e11).Draw(t, "date"),
		Until:     rapid.Int64Range(0, 1e11).Draw(t, "until"),
	}
	e.Kind = eir.Kind(rapid.IntRange(int(eir.Exact), int(eir.BySubscriber)).Draw(t, "kind"))
	e.From = eir.IMEI(imei.Draw(t, "from"))
	e.To = e.From
	switch e.Kind {
	case eir.ByTAC:
		tac := e.From.TAC()
		e.From, e.To = tac.First(), tac.Last()
	case eir.Range, eir.RangePair:
		e.To = eir.IMEI(rapid.Uint64Range(uint64(e.From), uint64(eir.MaxIMEI)).Draw(t, "to"))
	case eir.BySubscriber:
		e.From, e.To = 0, 0
	}
	switch e.Kind {
	case eir.Pair, eir.BySubscriber:
		e.IMSI = drawIMSI(t, "00[01][0-9]{3,12}")
	case eir.RangePair:
		e.IMSI = drawIMSI(t, "0[0-9]{0,14}")
	}
	for _, v := range rapid.SliceOfN(rapid.Uint8Range(0, 99), 0, 4).Draw(t, "svns") {
		e.SVNs = e.SVNs.With(eir.SVN(v))
	}
	if err := e.Validate(); err != nil {
		t.Skip("too long a text", err)
	}
	return e
}

// TestRoundTrip: what a Writer wrote, a Reader reads, entry by entry.
func TestRoundTrip(t *testing.T) {
	// A reader lets no control characters in.
	clean := strings.NewReplacer("\t", " ", "\n", " ", "\u0085", " ")
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(drawEntry), 1, 5).Draw(t, "entries")
		var b bytes.Buffer
		w := listfile.NewWriter(&b)
		for i := range want {
			if err := w.Write(&want[i]); err != nil {
				t.Fatal(err)
			}
			want[i].Reason, want[i].Reference = clean.Replace(want[i].Reason), clean.Replace(want[i].Reference)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if f, err := listfile.Detect("export.csv", b.Bytes()); f != listfile.Paperweight {
			t.Fatal(f, err)
		}
		r, err := listfile.NewReader(&b, "export.csv", listfile.Paperweight, listfile.Options{
			Problem: func(p *listfile.Problem) { t.Errorf("%v: %q", p, p.Value) },
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []eir.Entry
		for {
			var rec listfile.Record
			if err := r.Next(&rec); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			got = append(got, rec.Entry)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWriterRefusesWhatNoListMayHold(t *testing.T) {
	w := listfile.NewWriter(io.Discard)
	if err := w.Write(&eir.Entry{Status: eir.Unknown}); err == nil {
		t.Error("an entry without a target was written")
	}
	if err := w.Flush(); err == nil {
		t.Error("the error was forgotten")
	}
}

// FuzzReader: whatever a file holds, every format reads it to its end, counts
// each line once, and returns only entries that a store takes.
func FuzzReader(f *testing.F) {
	f.Add("imei,block_date,reasons\n00100000000001,20171016,\"a|b\"\n")
	f.Add("target,imsi,status,svn,date,until,op\n00100001-00100002,00101*,permitted,01 02,20171016,2026-01-01,remove\n")
	f.Add("TAC|Manufacturer|Model_Name|Allocation_Date\n00100001|a|b|01-Feb-2016\n")
	f.Add("IMEI;imsi;reporting_date;status;change_type\r\n\"001000000000\"\"01\";001010000000001;;;update\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range listfile.Formats() {
			name := "list.csv"
			switch {
			case l.Delta && l.List == "dirbs-blacklist":
				name = "20171016_blacklist_delta_1_2_changed.csv"
			case l.Delta:
				continue
			}
			problems := uint64(0)
			r, err := listfile.NewReader(strings.NewReader(text), name, l.Format, listfile.Options{
				Limits:  listfile.Limits{LineBytes: 200},
				Problem: func(*listfile.Problem) { problems++ },
			})
			if err != nil {
				continue
			}
			records := uint64(0)
			for {
				var rec listfile.Record
				err := r.Next(&rec)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				records++
				if err := rec.Entry.Target.Validate(); err != nil {
					t.Fatal(err)
				}
				if rec.Op == listfile.Put {
					if err := rec.Entry.Validate(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if s := r.Stats(); s.Records != records || s.Bad+s.Warnings != problems || s.Records+s.Passed+s.Bad > s.Lines {
				t.Fatalf("%s: %+v after %d records and %d problems", l.Format, s, records, problems)
			}
		}
	})
}

// BenchmarkReader reads a blacklist of 100,000 lines.
func BenchmarkReader(b *testing.B) {
	var text bytes.Buffer
	text.WriteString("imei,block_date,reasons\n")
	const n = 100_000
	for i := range n {
		fmt.Fprintf(&text, "00%012d,20171016,IMEI found on local stolen list\n", i*7919)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := listfile.NewReader(bytes.NewReader(text.Bytes()), "20171016_blacklist.csv", listfile.DIRBSBlacklist, listfile.Options{})
		if err != nil {
			b.Fatal(err)
		}
		var rec listfile.Record
		for err = r.Next(&rec); err == nil; err = r.Next(&rec) {
		}
		if s := r.Stats(); err != io.EOF || s.Records != n {
			b.Fatal(err, s)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/line")
}
