package listfile_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/store/listfile"
)

func TestMembers(t *testing.T) {
	const text = "imei\n00100000000001\n"
	for _, test := range []struct {
		name    string
		content []byte
		want    []string
		skipped int
	}{
		{"list.csv", []byte(text), []string{"list.csv"}, 0},
		{"empty.csv", nil, []string{"empty.csv"}, 0},
		{"list.csv.gz", gz(t, text), []string{"list.csv.gz"}, 0},
		{"packed by name only.gz", []byte(text), []string{"packed by name only.gz"}, 0},
		{"a zip by content.txt", zipped(t, [2]string{"list.txt", text}), []string{"a zip by content.txt:list.txt"}, 0},
		{"many.zip", zipped(t, [2]string{"README.md", "x"}, [2]string{"d/B.CSV", text}, [2]string{"__MACOSX/d/._b.csv", "x"}, [2]string{"a.csv", text}),
			[]string{"many.zip:d/B.CSV", "many.zip:a.csv"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			members, skipped, err := listfile.Members(test.name, file(test.content), listfile.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for i := range members {
				names = append(names, members[i].Name)
				s, err := members[i].Open()
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(s)
				if err != nil || len(test.content) > 0 && string(b) != text {
					t.Errorf("%s: read %q, %v", members[i].Name, b, err)
				}
				if s.Done() != members[i].Size {
					t.Errorf("%s: %d of %d done at the end", members[i].Name, s.Done(), members[i].Size)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			if diff := cmp.Diff(test.want, names); diff != "" || len(skipped) != test.skipped {
				t.Errorf("skipped %q; %s", skipped, diff)
			}
		})
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	encrypted := zipped(t, [2]string{"list.csv", "imei\n"})
	// The general purpose bit of the entry in the central directory.
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	packed := zipped(t, [2]string{"list.csv", "imei\n"})
	for name, b := range map[string][]byte{
		"is UTF-16":           []byte("\xff\xfei\x00m\x00e\x00i\x00"),
		"is a PDF":            []byte("%PDF-1.7"),
		"is not text":         []byte("imei\x00\n"),
		"is encrypted":        encrypted,
		"is a damaged zip":    packed[:len(packed)-5],
		"is a zip without a ": zipped(t, [2]string{"xl/sheet1.xml", "<x/>"}),
	} {
		_, _, err := listfile.Members("list.csv", file(b), listfile.Limits{})
		var fault *listfile.FileError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), name) {
			t.Errorf("want a FileError that says %q, got %v", name, err)
		}
	}
}

// drain reads a packed list to its end.
func drain(t *testing.T, name string, b []byte, limits listfile.Limits) error {
	t.Helper()
	members, _, err := listfile.Members(name, file(b), limits)
	if err != nil {
		t.Fatal(err)
	}
	s, err := members[0].Open()
	if err != nil {
		return err
	}
	r, err := listfile.NewReader(s, members[0].Name, listfile.Barred, listfile.Options{Limits: limits})
	if err != nil {
		return err
	}
	for {
		var rec listfile.Record
		if err := r.Next(&rec); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestTruncated cuts a packed list at every octet: none is taken for a shorter
// list.
func TestTruncated(t *testing.T) {
	packed := gz(t, "imei\n00100000000001\n00100000000002\n")
	for n := 2; n < len(packed); n++ {
		var fault *listfile.FileError
		if err := drain(t, "list.csv.gz", packed[:n], listfile.Limits{}); !errors.As(err, &fault) {
			t.Errorf("cut to %d of %d octets: %v", n, len(packed), err)
		}
	}
	damaged := zipped(t, [2]string{"list.csv", "imei\n00100000000001\n00100000000002\n"})
	damaged[bytes.IndexByte(damaged, 'v')+1] ^= 0xff
	var fault *listfile.FileError
	if err := drain(t, "list.zip", damaged, listfile.Limits{}); !errors.As(err, &fault) {
		t.Errorf("damaged zip: %v", err)
	}
}

func TestBombs(t *testing.T) {
	text := "imei\n" + strings.Repeat(strings.Repeat("0010000000000010", 512)+"\n", 9000)
	for name, b := range map[string][]byte{"list.csv.gz": gz(t, text), "list.zip": zipped(t, [2]string{"list.csv", text})} {
		if err := drain(t, name, b, listfile.Limits{}); err == nil || !strings.Contains(err.Error(), "200 times") {
			t.Errorf("%s by ratio: %v", name, err)
		}
		if err := drain(t, name, b, listfile.Limits{FileBytes: 1 << 20}); err == nil || !strings.Contains(err.Error(), "more than 1048576 octets") {
			t.Errorf("%s by size: %v", name, err)
		}
		if err := drain(t, name, b, listfile.Limits{Ratio: 2000}); err != nil {
			t.Errorf("%s with a higher limit: %v", name, err)
		}
	}
}

func TestParseName(t *testing.T) {
	for name, want := range map[string]listfile.Name{
		"20171016_120000_blacklist.csv":                                {Format: listfile.DIRBSBlacklist, Stamp: "20171016_120000"},
		"/lists/20171016_blacklist.csv.gz":                             {Format: listfile.DIRBSBlacklist, Stamp: "20171016"},
		"20171016_120000_blacklist_delta_-1_17_blocked.csv":            {Format: listfile.DIRBSBlacklistDelta, Stamp: "20171016_120000", Base: -1, Run: 17, Event: "blocked"},
		`C:\x\20171016_120000_blacklist_delta_17_19_changed.csv`:       {Format: listfile.DIRBSBlacklistDelta, Stamp: "20171016_120000", Base: 17, Run: 19, Event: "changed"},
		"a.zip:20171016_120000_exceptions_op_1.csv":                    {Format: listfile.DIRBSExceptions, Stamp: "20171016_120000", Operator: "op_1"},
		"20171016_120000_exceptions_op_1_delta_1_2_added.csv":          {Format: listfile.DIRBSExceptionsDelta, Stamp: "20171016_120000", Operator: "op_1", Base: 1, Run: 2, Event: "added"},
		"20171016_120000_notifications_o_delta_1_2_no_longer_seen.csv": {Format: listfile.DIRBSNotificationsDelta, Stamp: "20171016_120000", Operator: "o", Base: 1, Run: 2, Event: "no_longer_seen"},
		"blacklist.csv":                                                  {},
		"20171016_120000_blacklist (1).csv":                              {},
		"20171016_120000_exceptions.csv":                                 {},
		"20171016_120000_blacklist_delta_2_1_blocked.csv":                {},
		"20171016_120000_blacklist_delta_1_2_added.csv":                  {},
		"20171016_120000_blacklist_delta_1_99999999999999999999_changed": {},
	} {
		got, ok := listfile.ParseName(name)
		if ok != (want.Format != "") || ok && got != want {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}

func TestDetect(t *testing.T) {
	for _, test := range []struct {
		name, head string
		want       listfile.Format
		fault      string
	}{
		{"20171016_blacklist.csv", "", listfile.DIRBSBlacklist, ""},
		{"20171016_blacklist_delta_1_2_unblocked.csv", "imei,block_date,reasons\n", listfile.DIRBSBlacklistDelta, ""},
		{"x.csv", "IMEI,Block_Date,reasons\n", listfile.DIRBSBlacklist, ""},
		{"x.csv", "imei,imsi,msisdn,block_date,reasons\n", listfile.DIRBSNotifications, ""},
		{"x.csv", "\xef\xbb\xbf\r\n\nIMEI,reporting_date,status\r\n", listfile.Stolen, ""},
		{"x.csv", "imei\n", "", "--format barred"},
		{"x.csv", "imei,change_type\n", listfile.Barred, ""},
		{"x.csv", "imei,imsi,change_type\n", listfile.Pairing, ""},
		{"pairing_list.csv", "imei,imsi\n", listfile.Pairing, ""},
		{"Exceptions-op1.csv", "imei,imsi,msisdn\n", listfile.DIRBSExceptions, ""},
		{"x.csv", "tac\n", listfile.BarredTAC, ""},
		{"x.txt", "TAC|Manufacturer|Model_Name|Bands\n", listfile.GSMATAC, ""},
		{"x.csv", "imei,status,reason\n", listfile.Paperweight, ""},
		{"x.csv", "target,op\n", listfile.Paperweight, ""},
		{"x.csv", "imei,imsi\n", "", "--format pairing or --format dirbs-exceptions"},
		{"x.csv", "", "", "empty"},
		{"x.csv", "00100000000001,,\n", "", "the header is missing"},
		{"x.csv", "name,phone\n", "", "no header of a known format"},
		{"20171016_blacklist_delta_1_2_unblocked (1).csv", "imei,block_date,reasons\n", "", "looks like a delta"},
	} {
		got, err := listfile.Detect(test.name, []byte(test.head))
		if test.fault == "" && err != nil || got != test.want && test.fault == "" ||
			test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
			t.Errorf("%s %q: %q, %v", test.name, test.head, got, err)
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, test := range []struct {
		name   string
		format listfile.Format
		text   string
		want   string
	}{
		{"x.csv", listfile.Stolen, "00100000000001,,\n", `x.csv:1: the header is missing, the first line is data already; put "imei,reporting_date,status" above it`},
		{"x.csv", listfile.DIRBSBlacklist, "imei,reasons\n", `x.csv:1: the header has no column "block_date"; format dirbs-blacklist begins with "imei,block_date,reasons"`},
		{"x.csv", listfile.Barred, "imei,IMEI\n", `x.csv:1: the header has the column "imei" twice`},
		{"x.csv", listfile.Barred, "PK\x03\x04\x00\n", "x.csv:1: is not a text file with a header"},
		{"x.csv", listfile.Paperweight, "target,status,unitl\n", `x.csv:1: the header has a column "unitl" that format paperweight does not know`},
		{"x.csv", listfile.Paperweight, "target,reason\n", `x.csv:1: the header has no column "status"; it is needed, except where "op" only removes`},
		{"x.csv", listfile.Paperweight, "from,status\n", `x.csv:1: the header needs both "from" and "to", or neither`},
		{"x.csv", listfile.Paperweight, "reason,status\n", `x.csv:1: the header names no equipment`},
		{"x.csv", listfile.DIRBSBlacklistDelta, "imei,block_date,reasons\n", "x.csv: dirbs-blacklist-delta needs the file name that DIRBS gave it"},
		{"20171016_blacklist_delta_1_2_unblocked.csv", listfile.DIRBSBlacklist, "imei,block_date,reasons\n", "20171016_blacklist_delta_1_2_unblocked.csv: is by its name dirbs-blacklist-delta, not dirbs-blacklist"},
		{"x.csv", "xls", "imei\n", `no list format "xls": use one of dirbs-blacklist, `},
	} {
		_, err := listfile.NewReader(strings.NewReader(test.text), test.name, test.format, listfile.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s %q:\ngot  %v\nwant %s", test.format, test.text, err, test.want)
		}
	}
}
