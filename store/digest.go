package store

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// digest names all keys and values of a generation: the sum of a hash of each.
// So it is kept up by what a change takes away and puts, and made anew by one
// reading in any order. It finds what a disk lost or changed; against a person who
// forges a list the feed has a digest of its own.
type digest uint64

// sumOf is what one place and its value add; nothing where no value stands there.
func sumOf(place, value []byte) digest {
	if len(value) == 0 {
		return 0
	}
	// Odd factors keep each of the two hashes whole; to multiply them together
	// makes the sum tell two places that exchanged their values.
	const a, b = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f
	hi, lo := bits.Mul64(xxhash.Sum64(place)^a, xxhash.Sum64(value)^b)
	return digest(hi ^ lo)
}
