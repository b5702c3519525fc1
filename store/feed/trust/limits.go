package trust

import "time"

// Limits bound what a mirror may cost a node. Zero fields take the default.
type Limits struct {
	// Metadata is the length of a metadata file in octets (default 5 MiB);
	// timestamp.json may have a hundredth of it.
	Metadata int64
	// Target is the length of a target in octets (default 4 GiB).
	Target int64
	// Delta is that of a target of Deltas, whose key lies online, where it is
	// less (default 256 MiB).
	Delta int64
	// Roots is how many new roots one Refresh follows (default 256).
	Roots int
	// Request is how long a metadata file may take, and how long a target
	// may take before its first octet and beyond what Rate grants it
	// (default 10 s).
	Request time.Duration
	// Idle is how long a target may stand still (default 10 s).
	Idle time.Duration
	// Rate is the least average rate of a target, in octets a second
	// (default 64 KiB): a mirror that drips octet by octet is dropped.
	Rate int64
	// Skew is how far in the node's future a timestamp may have been issued
	// (default 5 min).
	Skew time.Duration
	// Built is a time that is past for sure: when the program was built. A
	// clock before it is wrong. Zero: not known.
	Built time.Time
}

func (l Limits) withDefaults() Limits {
	def(&l.Metadata, 5<<20)
	def(&l.Target, 4<<30)
	def(&l.Delta, 256<<20)
	def(&l.Roots, 256)
	def(&l.Request, 10*time.Second)
	def(&l.Idle, 10*time.Second)
	def(&l.Rate, 64<<10)
	def(&l.Skew, 5*time.Minute)
	return l
}

func def[T int | int64 | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}
