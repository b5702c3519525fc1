package listfile_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paperweight/store/listfile"
)

// content is a file in memory.
type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

func file(b []byte) listfile.Content { return content{bytes.NewReader(b)} }

// read returns all that a list says.
func read(t *testing.T, name string, f listfile.Format, text string) ([]listfile.Record, []listfile.Problem, listfile.Stats) {
	t.Helper()
	var problems []listfile.Problem
	r, err := listfile.NewReader(strings.NewReader(text), name, f, listfile.Options{
		Problem: func(p *listfile.Problem) { problems = append(problems, *p) },
	})
	if err != nil {
		t.Fatalf("NewReader: %v", err)
	}
	var records []listfile.Record
	for {
		var rec listfile.Record
		switch err := r.Next(&rec); err {
		case nil:
			records = append(records, rec)
			continue
		case io.EOF:
		default:
			t.Fatalf("Next: %v", err)
		}
		return records, problems, r.Stats()
	}
}

func gz(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		m, err := w.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// brief writes records as lines: op, target, status, date, reason, reference.
func brief(records []listfile.Record) string {
	var b strings.Builder
	for _, r := range records {
		e := r.Entry
		if r.Op == listfile.Remove {
			fmt.Fprintf(&b, "%d remove %s\n", r.Line, e.Target.String())
			continue
		}
		fmt.Fprintf(&b, "%d %s %s", r.Line, e.Status, e.Target.String())
		if e.Date != 0 {
			fmt.Fprintf(&b, " listed %s", time.Unix(e.Date, 0).UTC().Format("2006-01-02T15:04"))
		}
		if e.Until != 0 {
			fmt.Fprintf(&b, " until %s", time.Unix(e.Until, 0).UTC().Format("2006-01-02T15:04"))
		}
		if e.Reason != "" || e.Reference != "" {
			fmt.Fprintf(&b, " %q %q", e.Reason, e.Reference)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	for _, test := range []struct {
		name   string
		file   string
		format listfile.Format
		text   string
		want   string
	}{
		{"a full blacklist", "20171016_120000_blacklist.csv", listfile.DIRBSBlacklist,
			"imei,block_date,reasons\n" +
				"00100000000001,20171016,IMEI found on local stolen list\n" +
				"001000000000021,20171017,Duplicate IMEI detected|IMEI not registered\n",
			`2 prohibited 00100000000001 listed 2017-10-16T00:00 "IMEI found on local stolen list" ""
3 prohibited 00100000000002 listed 2017-10-17T00:00 "Duplicate IMEI detected|IMEI not registered" ""
`},
		{"a delta that blocks", "20171017_120000_blacklist_delta_-1_17_blocked.csv", listfile.DIRBSBlacklistDelta,
			"imei,block_date,reasons\n00100000000001,20171016,stolen\n",
			"2 prohibited 00100000000001 listed 2017-10-16T00:00 \"stolen\" \"\"\n"},
		{"a delta that unblocks", "20171017_120000_blacklist_delta_16_17_unblocked.csv", listfile.DIRBSBlacklistDelta,
			"imei,block_date,reasons\n00100000000001,20171016,stolen\n",
			"2 remove 00100000000001\n"},
		{"exceptions with the MSISDN, which is not kept", "20171016_120000_exceptions_operator1.csv", listfile.DIRBSExceptions,
			"imei,imsi,msisdn\n00100000000001,001010000000001,220000000001\n",
			"2 permitted 00100000000001+001010000000001 \"exception\" \"\"\n"},
		{"exceptions that end", "20171017_120000_exceptions_operator1_delta_16_17_removed.csv", listfile.DIRBSExceptionsDelta,
			"imei,imsi\n00100000000001,001010000000001\n",
			"2 remove 00100000000001+001010000000001\n"},
		{"notifications", "20171016_120000_notifications_operator1.csv", listfile.DIRBSNotifications,
			"imei,imsi,msisdn,block_date,reasons,amnesty_granted\n" +
				"00100000000001,001010000000001,220000000001,20180401,not registered,True\n" +
				"00100000000002,,,20180402,not registered,False\n",
			`2 tracked 00100000000001 "not registered" "to be blocked 20180401 (amnesty)"
3 tracked 00100000000002 "not registered" "to be blocked 20180402"
`},
		{"a phone no longer seen stays tracked", "20171017_120000_notifications_op_1_delta_16_17_no_longer_seen.csv", listfile.DIRBSNotificationsDelta,
			"imei,imsi,msisdn,block_date,reasons\n00100000000001,001010000000001,220000000001,20180401,x\n", ""},
		{"a stolen list and its status", "stolen.csv", listfile.Stolen,
			"IMEI,reporting_date,status\n" +
				"00100000000001,20160401,\n00100000000002,,blacklist\n00100000000003,,recovered\n00100000000004,,pending\n",
			"2 prohibited 00100000000001 listed 2016-04-01T00:00 \"reported stolen\" \"\"\n3 prohibited 00100000000002 \"reported stolen\" \"\"\n4 remove 00100000000003\n5 remove 00100000000004\n"},
		{"a change to a stolen list", "stolen.csv", listfile.Stolen,
			"imei,reporting_date,status,change_type\n" +
				"00100000000001,,,add\n00100000000002,,blacklist,update\n00100000000003,,recovered,update\n00100000000004,,,remove\n",
			"2 prohibited 00100000000001 \"reported stolen\" \"\"\n3 prohibited 00100000000002 \"reported stolen\" \"\"\n4 remove 00100000000003\n5 remove 00100000000004\n"},
		{"a pairing list", "pairing_list.csv", listfile.Pairing,
			"imei,imsi,msisdn\n0010000000000112,001010000000001,1\n", "2 permitted 00100000000001+001010000000001 \"paired\" \"\"\n"},
		{"a barred list", "barred.csv", listfile.Barred, "IMEI\n00100000000001\n", "2 prohibited 00100000000001 \"barred\" \"\"\n"},
		{"a barred TAC list", "tacs.csv", listfile.BarredTAC, "tac\n00100001\n", "2 prohibited 00100001 \"barred TAC\" \"\"\n"},
		{"the GSMA's TACs", "gsma.txt", listfile.GSMATAC,
			"TAC|Manufacturer|Model_Name|Bands|Allocation_Date|Device_Type\n00100001|Acme, Inc|Road \"Runner\" 2|LTE|01-Feb-2016|Smartphone\n",
			"2 permitted 00100001 listed 2016-02-01T00:00 \"Acme, Inc\" \"Road \\\"Runner\\\" 2\"\n"},
		{"our own", "own.csv", listfile.Paperweight,
			"Status,Target,IMSI,SVN,Reason,Reference,Date,Until\n" +
				"prohibited,00100000000001,,,stolen,case 1,2026-11-22,\n" +
				"tracked,00100001,,01 02,\"odd, \"\"very\"\"\",,20261122,2026-12-01T12:30:00Z\n" +
				"prohibited,00100001-00100003,,,,,,\n" +
				"permitted,001000000000010,001010000000001,,,,,\n" +
				"permitted,00100001,00101*,,,,,\n" +
				"permitted,,001010000000002,,,,,\n" +
				"prohibited,00100000000001-00100000000009,,99,,,,\n",
			`2 prohibited 00100000000001 listed 2026-11-22T00:00 "stolen" "case 1"
3 tracked 00100001/01,02 listed 2026-11-22T00:00 until 2026-12-01T12:30 "odd, \"very\"" ""
4 prohibited 00100001000000-00100003999999
5 permitted 00100000000001+001010000000001
6 permitted 00100001000000-00100001999999+00101*
7 permitted IMSI:001010000000002
8 prohibited 00100000000001-00100000000009/99
`},
		{"our own, in columns of their own, as a change", "own.csv", listfile.Paperweight,
			"op,imei,tac,from,to,status\n" +
				"put,00100000000001,,,,tracked\nremove,,00100001,,,\n,,,00100000000001,00100000000009,prohibited\n",
			"2 tracked 00100000000001\n3 remove 00100001\n4 prohibited 00100000000001-00100000000009\n"},
		{"byte order mark, CR LF, blank lines, semicolons, no last line end", "barred.csv", listfile.Stolen,
			"\xef\xbb\xbfIMEI;Reporting_Date;Status\r\n\r\n00100000000001;20160401;\r\n   \n \"00100000000002\" ; ;;;",
			"3 prohibited 00100000000001 listed 2016-04-01T00:00 \"reported stolen\" \"\"\n"},
		{"spreadsheets' empty fields at the end", "barred.csv", listfile.Barred,
			"imei\n00100000000001,,,\n", "2 prohibited 00100000000001 \"barred\" \"\"\n"},
		{"a header alone", "barred.csv", listfile.Barred, "imei\n", ""},
		{"nothing", "barred.csv", listfile.Barred, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			records, _, stats := read(t, test.file, test.format, test.text)
			if diff := cmp.Diff(test.want, brief(records)); diff != "" {
				t.Error(diff)
			}
			if stats.Records != uint64(len(records)) {
				t.Errorf("counted %d records, got %d", stats.Records, len(records))
			}
		})
	}
}

func TestProblems(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	for _, test := range []struct {
		name   string
		format listfile.Format
		text   string
		want   []listfile.Problem
		good   string
	}{
		{"IMEIs of every malformed class", listfile.Barred,
			"imei\n0010000000001\n00100000000001234\n0010000000000A\n0010000000*00#\nphone\n\"\"\nnull\n00100000 00001\n0010%\n00000000000000\n11111111111111\n",
			[]listfile.Problem{
				{Line: 2, Column: 1, Field: "imei", Value: "0010000000001", Severity: listfile.Error, Reason: "imei-too-short"},
				{Line: 3, Column: 1, Field: "imei", Value: "00100000000001234", Severity: listfile.Error, Reason: "imei-too-long"},
				{Line: 4, Column: 1, Field: "imei", Value: "0010000000000A", Severity: listfile.Error, Reason: "imei-hexadecimal"},
				{Line: 5, Column: 1, Field: "imei", Value: "0010000000*00#", Severity: listfile.Error, Reason: "imei-symbols"},
				{Line: 6, Column: 1, Field: "imei", Value: "phone", Severity: listfile.Error, Reason: "imei-letters"},
				{Line: 7, Column: 1, Field: "imei", Severity: listfile.Error, Reason: "imei-empty"},
				{Line: 8, Column: 1, Field: "imei", Value: "null", Severity: listfile.Error, Reason: "imei-null"},
				{Line: 9, Column: 1, Field: "imei", Value: "00100000 00001", Severity: listfile.Error, Reason: "imei-blank"},
				{Line: 10, Column: 1, Field: "imei", Value: "0010%", Severity: listfile.Error, Reason: "imei-other-octets"},
			}, "11 prohibited 00000000000000 \"barred\" \"\"\n12 prohibited 11111111111111 \"barred\" \"\"\n"},
		{"what only explains costs a warning", listfile.DIRBSBlacklist,
			"imei,block_date,reasons\n00100000000001,20170230,a\n00100000000002,2017-10-16,b\x01\xff\n00100000000003,," + strings.Repeat("é", 300) + "\n",
			[]listfile.Problem{
				{Line: 2, Column: 2, Field: "block_date", Value: "20170230", Severity: listfile.Warning, Reason: listfile.BadDate},
				{Line: 3, Column: 2, Field: "block_date", Value: "2017-10-16", Severity: listfile.Warning, Reason: listfile.BadDate},
				{Line: 3, Column: 3, Field: "reasons", Value: "b \uFFFD", Severity: listfile.Warning, Reason: listfile.Encoding},
				{Line: 4, Column: 3, Field: "reasons", Value: strings.Repeat("é", 32), Severity: listfile.Warning, Reason: listfile.TextLength},
			}, "2 prohibited 00100000000001 \"a\" \"\"\n3 prohibited 00100000000002 \"b \uFFFD\" \"\"\n4 prohibited 00100000000003 \"" + strings.Repeat("é", 256) + "\" \"\"\n"},
		{"fields and quotes", listfile.DIRBSBlacklist,
			"imei,block_date,reasons\n00100000000001,20171016\n00100000000002,20171016,a,b\n00100000000003,20171016,\"open\n00100000000004,\"20171016\"x,c\n00100000000005,20171016,stray \" quote\n",
			[]listfile.Problem{
				{Line: 2, Column: 2, Field: "block_date", Value: "20171016", Severity: listfile.Error, Reason: listfile.FieldCount},
				{Line: 3, Column: 4, Value: "b", Severity: listfile.Error, Reason: listfile.FieldCount},
				{Line: 4, Column: 3, Field: "reasons", Value: "open", Severity: listfile.Error, Reason: listfile.Quoting},
				{Line: 5, Column: 2, Field: "block_date", Value: "20171016", Severity: listfile.Error, Reason: listfile.Quoting},
			}, "6 prohibited 00100000000005 listed 2017-10-16T00:00 \"stray \\\" quote\" \"\"\n"},
		{"a line too long", listfile.Barred, "imei\n" + long + "\n00100000000001\n" + long,
			[]listfile.Problem{
				{Line: 2, Value: long[:64], Severity: listfile.Error, Reason: listfile.LineLength},
				{Line: 4, Value: long[:64], Severity: listfile.Error, Reason: listfile.LineLength},
			}, "3 prohibited 00100000000001 \"barred\" \"\"\n"},
		{"TACs", listfile.BarredTAC, "tac\n1234567\n001000012\n0010000x\n00100001\n",
			[]listfile.Problem{
				{Line: 2, Column: 1, Field: "tac", Value: "1234567", Severity: listfile.Error, Reason: listfile.BadTAC},
				{Line: 3, Column: 1, Field: "tac", Value: "001000012", Severity: listfile.Error, Reason: listfile.BadTAC},
				{Line: 4, Column: 1, Field: "tac", Value: "0010000x", Severity: listfile.Error, Reason: listfile.BadTAC},
			}, "5 prohibited 00100001 \"barred TAC\" \"\"\n"},
		{"pairs", listfile.Pairing, "imei,imsi\n00100000000001,12345\n00100000000001,\n00100000000001,001010\n",
			[]listfile.Problem{
				{Line: 2, Column: 2, Field: "imsi", Value: "12345", Severity: listfile.Error, Reason: listfile.BadIMSI},
				{Line: 3, Column: 2, Field: "imsi", Severity: listfile.Error, Reason: listfile.BadIMSI},
			}, "4 permitted 00100000000001+001010 \"paired\" \"\"\n"},
		{"a status outside the vocabulary does not block", listfile.Stolen,
			"imei,reporting_date,status\n00100000000001,,found again\n00100000000002,,Blacklist\n",
			[]listfile.Problem{{Line: 2, Column: 3, Field: "status", Value: "found again", Severity: listfile.Error, Reason: listfile.BadStatus}},
			"3 prohibited 00100000000002 \"reported stolen\" \"\"\n"},
		{"a change without its type", listfile.Barred, "imei,change_type\n00100000000001,\n00100000000002,add\n",
			[]listfile.Problem{{Line: 2, Column: 2, Field: "change_type", Severity: listfile.Error, Reason: listfile.BadOp}},
			"3 prohibited 00100000000002 \"barred\" \"\"\n"},
		{"our own", listfile.Paperweight,
			"target,imei,tac,from,to,imsi,status,svn,until,op\n" +
				"00100001,00100000000001,,,,,tracked,,,\n" + // two columns
				"00100000000009-00100000000001,,,,,,tracked,,,\n" + // backwards
				",0010000x,,,,,tracked,,,\n,,0010000,,,,tracked,,,\n,,,,00100000000001,,tracked,,,\n,,,,,,tracked,,,\n" +
				"00100001,,,,,001010000000001,permitted,,,\n,,,,,00101*,permitted,,,\n" + // whole IMSI for a TAC; prefix alone
				"00100001,,,,,,unknown,,,\n00100001,,,,,,tracked,1,,\n00100001,,,,,,tracked,,tomorrow,\n00100001,,,,,,tracked,,,drop\n",
			[]listfile.Problem{
				{Line: 2, Column: 2, Field: "imei", Value: "00100000000001", Severity: listfile.Error, Reason: listfile.BadTarget},
				{Line: 3, Column: 1, Field: "target", Value: "00100000000009-00100000000001", Severity: listfile.Error, Reason: listfile.BadTarget},
				{Line: 4, Column: 2, Field: "imei", Value: "0010000x", Severity: listfile.Error, Reason: "imei-letters"},
				{Line: 5, Column: 3, Field: "tac", Value: "0010000", Severity: listfile.Error, Reason: listfile.BadTAC},
				{Line: 6, Column: 5, Field: "to", Value: "00100000000001", Severity: listfile.Error, Reason: listfile.BadTarget},
				{Line: 7, Column: 1, Field: "target", Severity: listfile.Error, Reason: listfile.BadTarget},
				{Line: 8, Column: 6, Field: "imsi", Value: "001010000000001", Severity: listfile.Error, Reason: listfile.BadIMSI},
				{Line: 9, Column: 6, Field: "imsi", Value: "00101*", Severity: listfile.Error, Reason: listfile.BadIMSI},
				{Line: 10, Column: 7, Field: "status", Value: "unknown", Severity: listfile.Error, Reason: listfile.BadStatus},
				{Line: 11, Column: 8, Field: "svn", Value: "1", Severity: listfile.Error, Reason: listfile.BadSVN},
				{Line: 12, Column: 9, Field: "until", Value: "tomorrow", Severity: listfile.Error, Reason: listfile.BadDate},
				{Line: 13, Column: 10, Field: "op", Value: "drop", Severity: listfile.Error, Reason: listfile.BadOp},
			}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := "list.csv"
			if test.format == listfile.DIRBSBlacklist {
				name = "20171016_blacklist.csv"
			}
			records, problems, stats := read(t, name, test.format, test.text)
			var bad, warnings uint64
			for i := range problems {
				p := &problems[i]
				if p.Message == "" || p.File != name {
					t.Errorf("problem without a message or a file: %+v", p)
				}
				if strings.Contains(p.Error(), "00100") {
					t.Errorf("the text for logs holds an identity: %v", p)
				}
				if p.Severity == listfile.Error {
					bad++
				} else {
					warnings++
				}
				p.File, p.Message = "", ""
			}
			if diff := cmp.Diff(test.want, problems); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.good, brief(records)); diff != "" {
				t.Error(diff)
			}
			if stats.Bad != bad || stats.Warnings != warnings {
				t.Errorf("stats %+v, want %d bad and %d warnings", stats, bad, warnings)
			}
		})
	}
}
