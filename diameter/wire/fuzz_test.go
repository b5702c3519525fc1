package wire

import "testing"

// FuzzFrame: whatever comes in, a frame is a whole message of allowed length,
// and the AVPs of one that Validate passed lie end to end in it.
func FuzzFrame(f *testing.F) {
	f.Add([]byte(dwr+dwr), 64)
	f.Add(appendSample(nil), 1024)
	f.Add(nest(3), 1024)
	f.Add(nest(20), 1024)
	f.Add([]byte("\x02\x00\x00\x14aaaaaaaaaaaaaaaa"), 20)
	f.Fuzz(func(t *testing.T, b []byte, limit int) {
		n, err := Frame(b, limit)
		if n < 0 || n > len(b) || n > max(limit, 0) || n%4 != 0 || n > 0 && (n < HeaderLen || err != nil) {
			t.Fatalf("frame of %d octets, %d given, cap %d", n, len(b), limit)
		}
		if n == 0 {
			return
		}
		if Validate(b[:n], Limits{AVPs: 64, Depth: 4}, groups) != nil {
			return
		}
		end := HeaderLen
		all, fault := collect(AVPs(b[:n]))
		for _, a := range all {
			if a.Offset != end || &a.Raw[0] != &b[end] {
				t.Fatalf("AVP at %d, expected at %d", a.Offset, end)
			}
			end += Padded(len(a.Raw))
		}
		if fault != nil || end != n {
			t.Fatalf("%v: ends at %d of %d", fault, end, n)
		}
	})
}
