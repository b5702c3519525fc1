package store

import (
	"bytes"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// parallelReads is how many places are read by one reader before a second one
// pays.
const parallelReads = 4096

// readAll reads what the list says at the places that the change names and
// that RAM does not answer for: in the order of the keys, so that each block
// of a table is read once. Of 50,000 changes to 10 million entries that is
// nearly all the work.
func (p *plan) readAll() error {
	places := p.placesOnDisk()
	if len(places) == 0 {
		return nil
	}
	values := make([][]byte, len(places))
	var err error
	if n := len(places); n < parallelReads {
		err = p.readPlaces(places, values)
	} else {
		var wg sync.WaitGroup
		var first error
		wg.Go(func() { first = p.readPlaces(places[:n/2], values[:n/2]) })
		err = p.readPlaces(places[n/2:], values[n/2:])
		if wg.Wait(); first != nil {
			err = first
		}
	}
	p.onDisk = make(map[string][]byte, len(places))
	for i, place := range places {
		if values[i] != nil {
			p.onDisk[string(place)] = values[i]
		}
	}
	return err
}

// placesOnDisk returns the places to be read, in order.
func (p *plan) placesOnDisk() [][]byte {
	var places [][]byte
	equipment := func(t *eir.Target) {
		if t.Kind != eir.Exact && t.Kind != eir.Pair || p.base.equipment != nil || !p.base.filter.contains(t.From) {
			return
		}
		places = append(places, appendPlace(nil, t))
	}
	for i := range p.change.Remove {
		equipment(&p.change.Remove[i])
	}
	for i := range p.change.Put {
		equipment(&p.change.Put[i].Target)
	}
	for i := range p.change.Edits {
		switch e := &p.change.Edits[i]; {
		case e.Malformed != "":
			places = append(places, appendMalformed(nil, e.Malformed))
		case e.Old != nil:
			equipment(&e.Old.Target)
		case e.New != nil:
			equipment(&e.New.Target)
		}
	}
	slices.SortFunc(places, bytes.Compare)
	return places
}

// readPlaces fills in the values at sorted places; one that is not listed
// stays nil.
func (p *plan) readPlaces(places, values [][]byte) error {
	it, err := p.store.db.NewIter(&pebble.IterOptions{
		LowerBound: p.base.prefix, UpperBound: p.base.generation.end(),
	})
	if err != nil {
		return err
	}
	key := slices.Clone(p.base.prefix)
	for i, place := range places {
		key = append(key[:prefixLen], place...)
		if !it.SeekGE(key) || !bytes.Equal(it.Key(), key) {
			if it.Error() != nil {
				break
			}
			continue
		}
		value, err := it.ValueAndErr()
		if err != nil {
			it.Close()
			return err
		}
		values[i] = slices.Clone(value)
	}
	return it.Close() // with the error that ended it, if any
}

// read returns what the list said at p.place before the change.
func (p *plan) read() []byte {
	class, at, err := parsePlace(p.place)
	switch {
	case err != nil: // none that was validated
		return nil
	case class == classRange:
		return p.base.ranges.at(at)
	case class == classSubscriber:
		return p.base.subscribers.at(at)
	case class == classEquipment && p.base.equipment != nil:
		return p.base.equipment.at(at)
	}
	return p.onDisk[string(p.place)]
}
