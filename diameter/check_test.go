package diameter

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

func TestGoldenRequestGetsTheGoldenAnswer(t *testing.T) {
	for _, c := range []struct {
		status eir.Status
		want   string
	}{{eir.Prohibited, goldenECA}, {eir.Unknown, goldenUnknownECA}} {
		var asked eir.Query
		n := start(t, lab(), checkFunc(func(q eir.Query) eir.Verdict {
			asked = q
			return eir.Verdict{Status: c.status, Rule: eir.RuleExact}
		}))
		m := n.open(t)
		m.send(unhex(goldenECR))
		if diff := cmp.Diff(unhex(c.want), m.read()); diff != "" {
			t.Errorf("%v: the ECA differs (-want +got):\n%s", c.status, diff)
		}
		if asked.IMEI.String() != goldenIMEI || asked.SVN != 1 || asked.IMSI.String() != "001010123456789" || asked.At == 0 {
			t.Errorf("asked %+v", asked)
		}
	}
}

// Ten thousand requests are written before the first answer is read, from
// a goroutine of their own, since no socket holds them all.
func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	const count = 10_000
	go func() {
		var all []byte
		for i := range uint32(count) {
			all = append(all, ecr(i, "0010170000000"+string('0'+byte(i%5)))...)
		}
		m.conn.Write(all)
	}()
	for i := range uint32(count) {
		msg := m.read()
		h, _ := wire.ParseHeader(msg)
		if h.HopByHop != i {
			t.Fatalf("answer %d is to request %d", i, h.HopByHop)
		}
		want := wire.DiameterSuccess
		if i%5 == 0 || i%5 == 4 {
			want = wire.DiameterErrorEquipmentUnknown
		}
		if code := resultCode(msg); code != want {
			t.Fatalf("answer %d: %d, want %d", i, code, want)
		}
	}
	m.conn.Close()
	await(t, n.closed)
	if s := n.Stats(); s.MessagesIn != count+1 || s.MessagesOut != count+1 || s.Statuses[eir.Tracked] != count/5 {
		t.Errorf("stats: %+v", s)
	}
}

func TestSegmentsAreNotMessages(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	one := ecr(1, "00101700000003")
	for i := range one {
		m.send(one[i : i+1])
	}
	if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
		t.Errorf("one octet at a time: %d", code)
	}
	// Two and a half, then the rest.
	m.send(ecr(2, "00101700000001"), ecr(3, "00101700000002"), one[:100])
	for want := uint32(2); want <= 3; want++ {
		if h, _ := wire.ParseHeader(m.read()); h.HopByHop != want {
			t.Errorf("answer to %d, want %d", h.HopByHop, want)
		}
	}
	m.send(one[100:])
	if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
		t.Errorf("the rest of the third: %d", code)
	}
}

// A message longer than the buffer is read all the same, up to MaxMessage.
func TestMessageLongerThanTheBuffer(t *testing.T) {
	cfg := lab()
	cfg.MaxMessage = 256 << 10
	n := start(t, cfg, byLastDigit)
	m := n.open(t)
	long := wire.AppendAVP(ecr(1, "00101700000003"), 99_999, 0, 0, bytes.Repeat([]byte("x"), 200<<10))
	wire.FinishMessage(long, 0)
	m.send(long, ecr(2, "00101700000003"))
	for range 2 {
		if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
			t.Errorf("result %d", code)
		}
	}
}

// What is answered is what is counted, for each verdict.
func TestEachVerdictIsCountedByItsCode(t *testing.T) {
	n := start(t, lab(), checkFunc(func(q eir.Query) eir.Verdict {
		v := eir.Verdict{Status: eir.Status(q.IMEI % 10), Rule: eir.RuleUnknown, Form: q.Form, PairSkipped: true, BadSVN: q.BadSVN}
		if q.Form == eir.Absent {
			v.Status = eir.Invalid
		}
		return v
	}))
	m := n.open(t)
	want := map[uint32]uint64{wire.DiameterSuccess: 1} // the CEA
	asks := func(msg []byte) uint32 {
		m.send(msg)
		code := m.result(wire.MEIdentityCheck)
		want[code]++
		return code
	}
	for s := eir.Permitted; s <= eir.Unable; s++ {
		asks(ecr(1, "0010170000000"+string('0'+byte(s))))
	}
	// Without an IMEI it is missing, unless the Software-Version decided.
	noIMEI := bytes.Replace(ecr(1, goldenIMEI), []byte{5, 0x7a, 0xc0}, []byte{0x7f, 0x7a, 0x80}, 1) // an AVP of no matter
	badSVN := bytes.Replace(noIMEI, []byte("01\x00\x00\x00\x00\x00\x01"), []byte("0x\x00\x00\x00\x00\x00\x01"), 1)
	if code := asks(noIMEI); code != wire.DiameterMissingAVP {
		t.Errorf("no IMEI: %d", code)
	}
	if code := asks(badSVN); code != wire.DiameterInvalidAVPValue {
		t.Errorf("no IMEI and no SVN: %d", code)
	}
	m.conn.Close()
	await(t, n.closed)
	stats := n.Stats()
	got := make(map[uint32]uint64)
	for i, code := range ResultCodes {
		if stats.Answers[i] != 0 {
			got[code] = stats.Answers[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-answered +counted):\n%s", diff)
	}
	if stats.Forms[eir.WellFormed] != 6 || stats.Forms[eir.Absent] != 2 || stats.PairSkipped != 8 || stats.Rules[eir.RuleUnknown] != 8 {
		t.Errorf("stats: %+v", stats)
	}
}

// An ECR that the fast way does not know takes the other one, and a fault in
// one message is no fault of the next.
func TestFaultsOfOneMessage(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	with := func(change func(b []byte)) []byte {
		b := ecr(1, "00101700000003")
		change(b)
		return b
	}
	for _, c := range []struct {
		name string
		msg  []byte
		want uint32
	}{
		{"E bit", with(func(b []byte) { b[4] |= wire.FlagError }), wire.DiameterInvalidHdrBits},
		{"another command", with(func(b []byte) { b[7]++ }), wire.DiameterCommandUnsupported},
		{"another application", with(func(b []byte) { b[11]++ }), wire.DiameterApplicationUnsupported},
		{"AVP length", with(func(b []byte) { b[20+7] = 7 }), wire.DiameterInvalidAVPLength},
		{"a sound one", with(func([]byte) {}), wire.DiameterSuccess},
	} {
		m.send(c.msg)
		msg := m.read()
		if code := resultCode(msg); code != c.want {
			t.Errorf("%s: %d, want %d", c.name, code, c.want)
		}
	}
}

// After these nobody knows where the next message begins.
func TestFaultsOfTheStream(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(b []byte)
		want   uint32
	}{
		{"version", func(b []byte) { b[0] = 2 }, wire.DiameterUnsupportedVersion},
		{"length under a header", func(b []byte) { binary.BigEndian.PutUint32(b, 1<<24|16) }, wire.DiameterInvalidMessageLength},
		{"length no multiple of 4", func(b []byte) { b[3]++ }, wire.DiameterInvalidMessageLength},
		{"length over the cap", func(b []byte) { b[1] = 0xff }, wire.DiameterInvalidMessageLength},
	} {
		n := start(t, lab(), byLastDigit)
		m := n.open(t)
		bad := ecr(2, "00101700000003")
		c.change(bad)
		// What stands before it is answered; what stands behind it is lost.
		m.send(ecr(1, "00101700000003"), bad, ecr(3, "00101700000003"))
		if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
			t.Errorf("%s: the one before: %d", c.name, code)
		}
		if code := m.result(wire.MEIdentityCheck); code != c.want {
			t.Errorf("%s: %d, want %d", c.name, code, c.want)
		}
		m.ended()
	}
}

// RFC 6733 7.2: no answer is answered, with or without a fault.
func TestAnswersAreNeverAnswered(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	stray := ecr(1, "00101700000003")
	stray[4] &^= wire.FlagRequest
	m.send(stray, answerTo(dwr(77)), answerTo(dpr(78)), ecr(2, "00101700000003"))
	if h, _ := wire.ParseHeader(m.read()); h.HopByHop != 2 {
		t.Errorf("an answer to %d", h.HopByHop)
	}
	m.conn.Close()
	await(t, n.closed)
	if s := n.Stats(); s.Dropped != 3 {
		t.Errorf("%d dropped", s.Dropped)
	}
}
