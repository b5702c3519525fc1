package eir_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"paperweight/eir"
)

func TestParseIMEI(t *testing.T) {
	for _, c := range []struct {
		in   string
		imei eir.IMEI
		svn  eir.SVN
		form eir.Form
	}{
		{"26053179311383", 26053179311383, eir.NoSVN, eir.WellFormed},
		{"260531793113837", 26053179311383, eir.NoSVN, eir.WellFormed}, // right check digit
		{"260531793113830", 26053179311383, eir.NoSVN, eir.WellFormed}, // spare 0
		{"260531793113831", 26053179311383, eir.NoSVN, eir.WellFormed}, // wrong check digit
		{"2605317931138342", 26053179311383, 42, eir.WellFormed},
		{"2605317931138399", 26053179311383, 99, eir.WellFormed}, // reserved, still a version
		{"00000000000001", 1, eir.NoSVN, eir.WellFormed},
		{"", 0, eir.NoSVN, eir.Empty},
		{" ", 0, eir.NoSVN, eir.Blank},
		{"0044000012345 ", 0, eir.NoSVN, eir.Blank},
		{"null", 0, eir.NoSVN, eir.Null},
		{"NULL", 0, eir.NoSVN, eir.Null},
		{"\x00\x00", 0, eir.NoSVN, eir.Null},
		{"0044000012345", 0, eir.NoSVN, eir.TooShort},
		{"0", 0, eir.NoSVN, eir.TooShort},
		{"00440000123456789", 0, eir.NoSVN, eir.TooLong},
		{"A0000044123456", 0, eir.NoSVN, eir.Hexadecimal},
		{"26053179311383F", 0, eir.NoSVN, eir.Hexadecimal},
		{"26053179311383f9", 0, eir.NoSVN, eir.Hexadecimal},
		{"64#22222222222", 0, eir.NoSVN, eir.Symbols},
		{"*", 0, eir.NoSVN, eir.Symbols},
		{"0044000012345X", 0, eir.NoSVN, eir.Letters},
		{"0044-000-01234", 0, eir.NoSVN, eir.OtherOctets},
		{"\xff\xfe4400001234567", 0, eir.NoSVN, eir.OtherOctets},
		{"00000000000000", 0, eir.NoSVN, eir.AllZero},
		{"000000000000000", 0, eir.NoSVN, eir.AllZero},
		{"1111111111111104", 11111111111111, 4, eir.Repeated},
		{"99999999999999", 99999999999999, eir.NoSVN, eir.Repeated},
	} {
		imei, svn, form := eir.ParseIMEI([]byte(c.in))
		if imei != c.imei || svn != c.svn || form != c.form {
			t.Errorf("ParseIMEI(%q) = %v %v %v, want %v %v %v", c.in, imei, svn, form, c.imei, c.svn, c.form)
		}
	}
}

// The same 14 digits are one identity in every length, whatever follows them.
func TestOneIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(0, uint64(eir.MaxIMEI)).Draw(t, "imei")
		digits := fmt.Sprintf("%014d", n)
		tail := rapid.StringMatching(`[0-9]{0,2}`).Draw(t, "tail")
		imei, svn, form := eir.ParseIMEI([]byte(digits + tail))
		if uint64(imei) != n || !form.HasIMEI() {
			t.Fatalf("%s%s gave %v, %v", digits, tail, imei, form)
		}
		if imei.String() != digits {
			t.Fatalf("String gave %s for %s", imei, digits)
		}
		if wantSVN := len(tail) == 2; (svn != eir.NoSVN) != wantSVN || wantSVN && svn.String() != tail {
			t.Fatalf("SVN of %s%s is %q", digits, tail, svn)
		}
		if imei.TAC().First() > imei || imei.TAC().Last() < imei {
			t.Fatalf("%v is outside its own TAC %v", imei, imei.TAC())
		}
	})
}

func FuzzParseIMEI(f *testing.F) {
	for _, s := range []string{"26053179311383", "null", "", "64#2", "0000000000000000"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		imei, svn, form := eir.ParseIMEI(b)
		if form.HasIMEI() != (len(b) >= 14 && len(b) <= 16 && allDigits(b)) {
			t.Fatalf("%q is %v", b, form)
		}
		if imei > eir.MaxIMEI || svn != eir.NoSVN && svn > 99 {
			t.Fatalf("%q gave %d, SVN %d", b, imei, svn)
		}
	})
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// The vector of TS 23.003 annex B's arithmetic in the project's golden bytes.
func TestCheckDigit(t *testing.T) {
	for imei, want := range map[eir.IMEI]int{26053179311383: 7, 0: 0, 49015420323751: 8} {
		if got := imei.CheckDigit(); got != want {
			t.Errorf("check digit of %v is %d, want %d", imei, got, want)
		}
	}
}

func TestMasked(t *testing.T) {
	if got := eir.IMEI(440000123456).Masked(); got != "00440000******" {
		t.Errorf("IMEI: %s", got)
	}
	imsi, _ := eir.ParseIMSI([]byte("001010123456789"))
	if got := imsi.Masked(); got != "00101**********" {
		t.Errorf("IMSI: %s", got)
	}
}

func TestIMSI(t *testing.T) {
	imsi, ok := eir.ParseIMSI([]byte("001010123456789"))
	if !ok || imsi.String() != "001010123456789" || imsi.Len() != 15 {
		t.Fatalf("%v %v", imsi, ok)
	}
	for _, bad := range []string{"", "00101", "0010101234567890", "00101012345678x", "001 010123456"} {
		if _, ok := eir.ParseIMSI([]byte(bad)); ok {
			t.Errorf("%q is taken for an IMSI", bad)
		}
	}
	for prefix, want := range map[string]bool{
		"0": true, "00101": true, "001010123456789": true, "00102": false, "1": false, "01": false,
	} {
		p, _ := eir.ParseIMSIPrefix([]byte(prefix))
		if imsi.HasPrefix(p) != want {
			t.Errorf("HasPrefix(%s) = %v", prefix, !want)
		}
	}
	if imsi.HasPrefix(0) || eir.IMSI(0).HasPrefix(imsi) {
		t.Error("no IMSI takes part in a prefix")
	}
}

func TestSVNSet(t *testing.T) {
	var any eir.SVNSet
	if !any.Any() || !any.Covers(eir.NoSVN) || !any.Covers(7) {
		t.Error("the zero set is every version, and none")
	}
	s := any.With(0).With(63).With(64).With(99)
	if s.String() != "00,63,64,99" {
		t.Error(s.String())
	}
	for v := eir.SVN(0); v < 100; v++ {
		if want := v == 0 || v == 63 || v == 64 || v == 99; s.Covers(v) != want {
			t.Errorf("Covers(%d) = %v", v, !want)
		}
	}
	if s.Covers(eir.NoSVN) {
		t.Error("a set that names versions covers equipment that sent none")
	}
}
