package load

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Part is a share of the checks: those about the equipment of one list.
type Part struct {
	Name   string
	IMEIs  []string
	Weight int
	// Expect is the right answer: permitted, prohibited, tracked or unknown;
	// empty where any of them will do.
	Expect string
}

// NoPriority is the priority of a request that names none.
const NoPriority = -1

// Share is a share of the checks: those of one priority (RFC 7944), 0, the
// highest, to 15, or NoPriority.
type Share struct {
	Priority int
	Weight   int
}

// picker decides what each request asks: by chance, as to the weights, but
// the same for the same number, so nothing needs to be remembered of it.
type picker struct {
	parts      []Part
	priorities []Share
	partBounds []uint32 // of a number below 2^24, by part
	shares     []uint32 // the same, by priority
}

const pickBits = 24

// pick is what one request asks: its part, its priority by place in the
// shares, its identity.
type pick struct {
	part, share int
	imei        string
}

func newPicker(parts []Part, priorities []Share) (*picker, error) {
	if len(parts) == 0 {
		return nil, errors.New("IMEIs: at least one is needed")
	}
	if len(priorities) == 0 {
		priorities = []Share{{NoPriority, 1}}
	}
	p := &picker{parts: parts, priorities: priorities}
	var weights []int
	for _, part := range parts {
		if len(part.IMEIs) == 0 || uint64(len(part.IMEIs)) > math.MaxUint32 {
			return nil, fmt.Errorf("IMEIs: %s has %d of them, 1 to %d can be asked about", part.Name, len(part.IMEIs), uint32(math.MaxUint32))
		}
		if e := part.Expect; e != "" && verdict(e) < 0 {
			return nil, fmt.Errorf("mix: %s expects %q; permitted, prohibited, tracked and unknown are answers", part.Name, e)
		}
		weights = append(weights, part.Weight)
	}
	var err error
	if p.partBounds, err = bounds("mix", weights); err != nil {
		return nil, err
	}
	weights = nil
	for _, s := range priorities {
		if s.Priority < NoPriority || s.Priority > 15 {
			return nil, fmt.Errorf("priority %d: 0 to 15, or none", s.Priority)
		}
		weights = append(weights, s.Weight)
	}
	p.shares, err = bounds("priority", weights)
	return p, err
}

// bounds returns where each weight's part of the numbers below 2^24 ends.
func bounds(what string, weights []int) ([]uint32, error) {
	total := 0
	for _, w := range weights {
		if w < 1 || w > 1_000_000 {
			return nil, fmt.Errorf("%s: a weight of %d, 1 to 1000000 is needed", what, w)
		}
		total += w
	}
	var out []uint32
	sum := 0
	for _, w := range weights {
		sum += w
		out = append(out, uint32(uint64(sum)<<pickBits/uint64(total)))
	}
	return out, nil
}

// part and share of request k.
func (p *picker) classes(k uint64) (part, share int) {
	h := scatter(k)
	return place(p.partBounds, uint32(h)>>(32-pickBits)), place(p.shares, uint32(h>>32)>>(32-pickBits))
}

// pick returns what request k asks.
func (p *picker) pick(k uint64) pick {
	part, share := p.classes(k)
	imeis := p.parts[part].IMEIs
	i, _ := bits.Mul64(scatter(^k), uint64(len(imeis)))
	return pick{part, share, imeis[i]}
}

func place(bounds []uint32, n uint32) int {
	for i, b := range bounds {
		if n < b {
			return i
		}
	}
	return len(bounds) - 1
}

// scatter is splitmix64's output function: neighbours become unlike.
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
