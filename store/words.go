package store

import "fmt"

// maxReasons bounds the distinct reasons of a source: with eir.MaxReason they
// are the memory that a list of nothing but unlike reasons can take.
const maxReasons = 1 << 18

// words numbers the distinct reasons of one list in the order in which they
// came. A list keeps the ones it no longer uses until it is replaced.
type words struct {
	ids   map[string]uint32
	texts []string
}

func wordsOf(texts []string) words {
	w := words{ids: make(map[string]uint32, len(texts)), texts: texts}
	for i, text := range texts {
		w.ids[text] = uint32(i)
	}
	return w
}

// id returns the number of a reason, a new one where it is new.
func (w *words) id(reason string) (uint32, error) {
	id, ok := w.ids[reason]
	if ok {
		return id, nil
	}
	if len(w.texts) == maxReasons {
		return 0, errTooManyReasons()
	}
	id = uint32(len(w.texts))
	if w.ids == nil {
		w.ids = map[string]uint32{}
	}
	w.ids[reason] = id
	w.texts = append(w.texts, reason)
	return id, nil
}

func errTooManyReasons() error {
	return fmt.Errorf("store: %w: %d are kept for a source; put what is unique to an entry into its reference, and replace the whole list to forget unused ones",
		ErrTooManyReasons, maxReasons)
}
