package main

import (
	"fmt"

	"paperweight/gateway/config"
	"paperweight/store"
)

// limits are what the system lets this process have. What is 0 is not known, or
// not bounded.
type limits struct {
	// files is how many may be open at once, connections among them.
	files uint64
	memory
}

// memory is a bound in bytes, and what sets it.
type memory struct {
	bytes uint64
	by    string
}

const (
	// The tables that Pebble keeps open: the default of its MaxOpenFiles.
	filesOfTables = 1000
	// A feed's mirrors, its stream of notices, and what it spools.
	filesOfFeed = 16
	// The admin port's connections, listeners, the store's log, standard error.
	filesOfRest = 128

	// An entry's part of the filter, with the next filter that is made beside it.
	bytesOfEntry = 2
	// An entry that is in RAM whole: an operator's own, a range, an exception by IMSI.
	bytesOfWhole = 64
	// The program, what is written and in no table yet, connections.
	bytesOfRest = 128 << 20
)

// doubts say where a node with these lists would meet the limits, in words for
// an operator.
func (l *limits) doubts(c *config.Config, lists []store.SourceState) (doubts []string) {
	if need := filesNeeded(c); l.files != 0 && need > l.files {
		doubts = append(doubts, fmt.Sprintf("this process may have %d files open; diameter.max_connections %d with the lists, the feeds and the admin port comes to %d, and where files run out peers are refused and nothing is written: raise the hard limit (LimitNOFILE= of a unit, ulimit -Hn), or lower the key",
			l.files, c.Diameter.MaxConnections, need))
	}
	if need := memoryNeeded(c, lists); l.bytes != 0 && need > l.bytes {
		doubts = append(doubts, fmt.Sprintf("this process may have %d MiB of memory (%s); the lists, with store.cache_bytes, take some %d MiB, and where memory runs out it is slow or the system ends it: give it more, or lower the key",
			l.bytes>>20, l.by, need>>20))
	}
	return doubts
}

func filesNeeded(c *config.Config) uint64 {
	return uint64(c.Diameter.MaxConnections + filesOfTables + filesOfFeed*len(c.Feeds) + filesOfRest)
}

func memoryNeeded(c *config.Config, lists []store.SourceState) uint64 {
	need := uint64(bytesOfRest) + uint64(c.Store.CacheBytes)
	for _, s := range lists {
		k := &s.ByKind
		filtered, whole := k.Exact+k.Pair, k.ByTAC+k.Range+k.RangePair+k.BySubscriber
		if s.Name == store.Operator {
			filtered, whole = 0, filtered+whole
		}
		need += bytesOfEntry*filtered + bytesOfWhole*whole
	}
	return need
}
