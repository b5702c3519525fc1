package load

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/conformance/mme"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// However the bytes arrive, the messages come out whole.
func TestStreamCutAnywhere(t *testing.T) {
	cer := mme.AppendCER(nil, client, loopback)
	bytesOfTwo := append(bytes.Clone(cer), answer...)
	for cut := range bytesOfTwo {
		near, far := net.Pipe()
		go func() {
			far.Write(bytesOfTwo[:cut])
			far.Write(bytesOfTwo[cut:])
			far.Close()
		}()
		s := &stream{Conn: near}
		for _, want := range [][]byte{cer, answer} {
			got, err := s.wait()
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("cut at %d: %x, %v; want %x", cut, got, err, want)
			}
		}
	}
}

func TestStreamRefusesWhatItCantHold(t *testing.T) {
	near, far := net.Pipe()
	go far.Write(append([]byte{1, 1, 0, 4}, make([]byte, streamBytes)...))
	_, err := (&stream{Conn: near}).wait()
	near.Close()
	if err == nil || !strings.Contains(err.Error(), "longer than 65536 bytes") {
		t.Errorf("got %v, want an error that names the limit", err)
	}
}

func TestReadIMEIs(t *testing.T) {
	got, err := ReadIMEIs(strings.NewReader("\ufeffIMEI,block_date\n00100100000001,20260101\r\n\n 0010010000000101 \n#*\n"))
	if diff := cmp.Diff([]string{"00100100000001", "0010010000000101", "#*"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for in, want := range map[string]string{
		"":                                 "no identity",
		"imei\n":                           "no identity",
		"1\n" + strings.Repeat("1", 33):    "line 2",
		"1\n\n\x00\x01":                    "line 3: \"\\x00\\x01\" is no text",
		"1\n\xff\n":                        "line 2",
		"1\n" + strings.Repeat("1", 1<<17): "line 2: ",
	} {
		if _, err := ReadIMEIs(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", in, err, want)
		}
	}
}

func TestTally(t *testing.T) {
	var a tally
	for _, one := range []mme.Answer{
		{Result: 2001, Status: 0}, {Result: 2001, Status: 1}, {Result: 2001, Status: 1}, {Result: 2001, Status: 2},
		{Result: 5422, Status: -1}, {Result: 5012, Status: -1}, {Result: 2001, Status: 7}, {Result: 5422, Status: 1},
	} {
		a.add(one)
	}
	got := make(map[string]uint64)
	a.into(got)
	want := map[string]uint64{
		"permitted": 1, "prohibited": 2, "tracked": 1, "unknown": 1, "result 5012": 1,
		"result 2001 with Equipment-Status 7": 1, "result 5422 with Equipment-Status 1": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzStream(f *testing.F) {
	f.Add(answer)
	f.Add([]byte{1, 0, 0, 20})
	f.Fuzz(func(t *testing.T, b []byte) {
		near, far := net.Pipe()
		go func() { far.Write(b); far.Close() }()
		s := &stream{Conn: near}
		total := 0
		for {
			msg, err := s.wait()
			if err != nil {
				break
			}
			total += len(msg)
		}
		near.Close()
		if total > len(b) {
			t.Fatalf("%d bytes of messages out of %d", total, len(b))
		}
	})
}
