package publish

import (
	"crypto"
	"time"

	"paperweight/store/feed"
	"paperweight/store/feed/trust"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// Config is one feed.
type Config struct {
	// Dir is the feed's directory.
	Dir string
	// Lifetimes say how long metadata is valid; roles left out have
	// trust.DefaultLifetimes.
	Lifetimes trust.Lifetimes
	// Grace is how long a file stays in public/ to which no publication leads
	// any more; 0 is trust.DefaultGrace.
	Grace time.Duration
	// Guard says which updates are not published unless told. Its zero
	// value lets all pass but what empties the list; feed.DefaultGuard is for
	// national lists.
	Guard feed.Guard
	// Files bound what a list file may cost.
	Files listfile.Limits
	// Blacklist publishes what is prohibited in the layout of DIRBS beside
	// each snapshot, as the target snapshot/blacklist.csv. It is not published
	// with deltas: who reads it alone is as far behind as the last snapshot.
	Blacklist bool
	// Progress is called now and then with what is being done and how many
	// entries it was done for; nil is fine.
	Progress func(what string, entries uint64)
}

// Job is a publication.
type Job struct {
	// Files are lists, which become the new list together, or changes to
	// the last one; not both. None: the metadata is renewed, and what waited
	// for signatures is published. Lists and deltas of DIRBS have to follow
	// those before, by their names, as in an import: a gap or a step back is
	// refused (store.ErrSequenceGap, store.ErrStepBack).
	Files []intake.File
	// Format is what the files are; empty: by their names and headers.
	Format listfile.Format
	// Confirm publishes what would be held.
	Confirm bool
	// Keys sign: those of deltas, snapshot and timestamp at least, and of
	// snapshots for the first list.
	Keys []crypto.Signer
	// Problem is called with each line that could not be used; nil is fine.
	Problem func(*listfile.Problem)
	// At is the time of the publication.
	At time.Time
}
