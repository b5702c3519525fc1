package store

import (
	"errors"
	"iter"

	"paperweight/eir"
)

// MaxMalformed is the length of the longest malformed identity, in octets.
const MaxMalformed = 16

// kindMalformed is the kind of an entry whose identity is malformed: its
// Target is zero.
const kindMalformed = eir.Kind(0)

// Listed is what a list says: of a Target, or of a malformed identity, which
// then stands in Malformed as the list wrote it, and the Target is zero.
type Listed struct {
	eir.Entry
	Malformed string
}

// Listed returns all that a source lists, in the order of Replacement.Add of a
// sorted list: Entries with the malformed identities between.
func (s *Store) Listed(source string) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) { yield(Listed{}, errors.ErrUnsupported) }
}

// EntriesMalformed returns the malformed identities of a source, by their octets.
func (s *Store) EntriesMalformed(source string) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) { yield(Listed{}, errors.ErrUnsupported) }
}

// AddMalformed takes what the list says of an identity that is no IMEI, 1 to
// MaxMalformed octets as the list wrote it; the entry's Target is zero. It is
// kept and counted, so that no line is lost, and answers no query.
func (r *Replacement) AddMalformed(identity string, e *eir.Entry) error {
	return errors.ErrUnsupported
}
