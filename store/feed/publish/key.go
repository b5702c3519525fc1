package publish

import (
	"paperweight/eir"
	"paperweight/store/feed/format"
)

// key is what an entry is sorted by, as JSON.
type key struct {
	Kind      uint8     `json:"kind"`
	From      uint64    `json:"from,omitempty"`
	To        uint64    `json:"to,omitempty"`
	IMSI      uint64    `json:"imsi,omitempty"`
	SVNs      [2]uint64 `json:"svns,omitzero"`
	Malformed string    `json:"malformed,omitempty"`
}

func keyOf(e *format.Entry) key {
	return key{uint8(e.Kind), uint64(e.From), uint64(e.To), uint64(e.IMSI), e.SVNs, e.Malformed}
}

// entry returns an entry that compares as the key's.
func (k *key) entry() format.Entry {
	return format.Entry{Malformed: k.Malformed, Entry: eir.Entry{Target: eir.Target{
		Kind: eir.Kind(k.Kind), From: eir.IMEI(k.From), To: eir.IMEI(k.To), IMSI: eir.IMSI(k.IMSI), SVNs: k.SVNs,
	}}}
}
