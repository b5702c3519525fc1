package store

import "github.com/cockroachdb/pebble/v2"

// Metrics are what an operator watches of Pebble.
type Metrics struct {
	// DiskBytes is what the directory takes, the write-ahead log included.
	DiskBytes uint64
	// Tables is the number of its sorted tables.
	Tables int64
	// MemTableBytes and CacheBytes are its memory: what is written and not
	// yet in a table, and what was read.
	MemTableBytes uint64
	CacheBytes    int64
	// CacheHits and CacheMisses count reads of blocks.
	CacheHits, CacheMisses int64
	// Compactions and Flushes count tables being rewritten and written;
	// CompactionDebt is an estimate of the bytes that still have to be.
	Compactions, Flushes int64
	CompactionDebt       uint64
	// Ingests counts the lists that were handed over as whole tables.
	Ingests uint64
}

// Metrics returns Pebble's figures; ok is false once the store is closed or
// has failed, since Pebble may then hold the lock that its figures need.
func (s *Store) Metrics() (m Metrics, ok bool) {
	v := s.view.Load()
	if s.failure.err() != nil || v == nil || !v.pin() {
		return Metrics{}, false
	}
	defer v.unpin() // till then Close waits
	// While the manifest is parked, Pebble's figures wait for it.
	p := make(chan *pebble.Metrics, 1)
	err := s.failure.guard(func() error {
		p <- s.db.Metrics()
		return nil
	})
	if err != nil {
		return Metrics{}, false
	}
	return figures(<-p), true
}

func figures(p *pebble.Metrics) Metrics {
	return Metrics{
		DiskBytes: p.DiskSpaceUsage(), Tables: p.Total().TablesCount,
		MemTableBytes: p.MemTable.Size, CacheBytes: p.BlockCache.Size,
		CacheHits: p.BlockCache.Hits, CacheMisses: p.BlockCache.Misses,
		Compactions: p.Compact.Count, Flushes: p.Flush.Count, CompactionDebt: p.Compact.EstimatedDebt,
		Ingests: p.Ingest.Count,
	}
}
