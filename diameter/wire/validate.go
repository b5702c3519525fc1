package wire

// Limits bound what a message may hold.
type Limits struct {
	// AVPs is how many AVPs a message may hold, those inside grouped ones
	// included.
	AVPs int
	// Depth is how deep AVPs may be nested: 1 is no grouped AVP opened. At
	// most maxDepth.
	Depth int
}

const maxDepth = 8

// Validate walks every AVP of a whole message once, going into those that
// grouped names, and returns the first fault. It keeps no more than maxDepth
// places and never calls itself, so no nesting can exhaust the stack; its time
// is that of Limits.AVPs steps, whatever the message.
//
// What has passed is safe to hand to a decoder that follows lengths blindly.
func Validate(msg []byte, l Limits, grouped func(code, vendor uint32) bool) *Fault {
	h, ok := ParseHeader(msg)
	if !ok || int(h.Length) != len(msg) {
		return &Fault{Kind: InvalidMessageLength, Length: int(h.Length)}
	}
	var (
		open  [maxDepth]Cursor
		group [maxDepth]AVP // what open[1:] are inside
		depth int
		count int
		a     AVP
	)
	open[0] = AVPs(msg)
	for {
		c := &open[depth]
		if !c.Next(&a) {
			if f := c.Fault(); f != nil {
				f.Within = append(f.Within, group[1:depth+1]...)
				return f
			}
			if depth == 0 {
				return nil
			}
			depth--
			continue
		}
		if count++; count > l.AVPs {
			return &Fault{Kind: TooManyAVPs, Offset: a.Offset}
		}
		if len(a.Data) == 0 || !grouped(a.Code, a.Vendor) {
			continue
		}
		if depth+1 >= min(l.Depth, maxDepth) {
			return &Fault{Kind: TooDeep, Offset: a.Offset, Code: a.Code, Vendor: a.Vendor, AVPFlags: a.Flags, Length: len(a.Raw)}
		}
		depth++
		open[depth], group[depth] = a.AVPs(), a
	}
}
