package trust

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

const day = 24 * time.Hour

func hashOf(text []byte) []byte {
	sum := sha256.Sum256(text)
	return sum[:]
}

// attack is what an attacker does to a mirror between two polls of a node.
type attack struct {
	name string
	// do gets what the authority published since, to be changed, and what
	// the node saw last.
	do func(t *testing.T, l *lab, now, seen files)
	// after is when the node polls, from the first publication on.
	after time.Duration
	want  error
}

var attacks = []attack{
	{"replayed timestamp", func(t *testing.T, l *lab, now, seen files) {
		now["timestamp.json"] = replayed(t, l, seen)
	}, time.Hour, ErrRollback},
	{"freeze: the old timestamp past its date", func(t *testing.T, l *lab, now, seen files) {
		now.become(seen)
	}, 3*day + time.Hour, ErrExpired},
	{"freeze with the timestamp key: the old snapshot past its date", func(t *testing.T, l *lab, now, seen files) {
		now.become(seen)
		l.point(t, now, today.Add(8*day), func(*timestampMeta) {})
	}, 8 * day, ErrExpired},
	{"freeze with both online keys: the old deltas past their date", func(t *testing.T, l *lab, now, seen files) {
		now.become(seen)
		l.vouch(t, now, today.Add(31*day), func(*snapshotMeta) {})
	}, 31 * day, ErrExpired},
	{"root past its date", func(t *testing.T, l *lab, now, seen files) {}, 366 * day, ErrExpired},
	{"rollback of the deltas with both online keys", func(t *testing.T, l *lab, now, seen files) {
		old := seen[seen.newest(t, Deltas)]
		l.vouch(t, now, today, func(s *snapshotMeta) {
			*s.Signed.Meta["deltas.json"] = metadata.MetaFiles{Version: 1, Hashes: metadata.Hashes{"sha256": hashOf(old)}}
		})
	}, time.Hour, ErrRollback},
	{"the base's role vanishes, with both online keys", func(t *testing.T, l *lab, now, seen files) {
		l.vouch(t, now, today, func(s *snapshotMeta) { delete(s.Signed.Meta, "snapshots.json") })
	}, time.Hour, ErrRollback},
	{"rollback of the snapshot with the timestamp key", func(t *testing.T, l *lab, now, seen files) {
		l.point(t, now, today, func(s *timestampMeta) { s.Signed.Meta["snapshot.json"].Version = 1 })
	}, time.Hour, ErrRollback},
	{"mix and match: an old snapshot under the new name", func(t *testing.T, l *lab, now, seen files) {
		now[now.newest(t, Snapshot)] = seen[seen.newest(t, Snapshot)]
	}, time.Hour, ErrMismatch},
	{"mix and match: old deltas under the new name", func(t *testing.T, l *lab, now, seen files) {
		now[now.newest(t, Deltas)] = seen[seen.newest(t, Deltas)]
	}, time.Hour, ErrMismatch},
	{"one signature of two on the base", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Snapshots, l.keysOf(t, Snapshots)[:1], func(*targetsMeta) {})
	}, time.Hour, ErrSignature},
	{"one signature of two on the delegations", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Targets, l.keysOf(t, Targets)[:1], func(*targetsMeta) {})
	}, time.Hour, ErrSignature},
	{"one key's signature twice", func(t *testing.T, l *lab, now, seen files) {
		text := forged(t, now[now.newest(t, Snapshots)], l.keysOf(t, Snapshots)[:1], func(*targetsMeta) {})
		l.replaceText(t, now, Snapshots, twice(t, text))
	}, time.Hour, ErrMalformed},
	{"deltas signed with another key", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Deltas, []crypto.Signer{newKey(t)}, func(*targetsMeta) {})
	}, time.Hour, ErrSignature},
	{"timestamp signed with the delta key", func(t *testing.T, l *lab, now, seen files) {
		now["timestamp.json"] = forged(t, now["timestamp.json"], l.keysOf(t, Deltas), func(*timestampMeta) {})
	}, time.Hour, ErrSignature},
	{"timestamp changed after it was signed", func(t *testing.T, l *lab, now, seen files) {
		m, err := new(timestampMeta).FromBytes(now["timestamp.json"])
		if err != nil {
			t.Fatal(err)
		}
		m.Signed.Version += 9
		if now["timestamp.json"], err = m.ToBytes(false); err != nil {
			t.Fatal(err)
		}
	}, time.Hour, ErrSignature},
	{"the stolen delta key replaces the base", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Deltas, l.keysOf(t, Deltas), func(m *targetsMeta) {
			m.Signed.Targets["snapshot/1"] = &metadata.TargetFiles{Length: 1, Hashes: metadata.Hashes{"sha256": hashOf([]byte("x"))}}
		})
	}, time.Hour, ErrNotDelegated},
	{"the stolen delta key delegates to itself", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Deltas, l.keysOf(t, Deltas), func(m *targetsMeta) {
			m.Signed.Targets["snapshot/../delta/x"] = &metadata.TargetFiles{Length: 1, Hashes: metadata.Hashes{"sha256": hashOf([]byte("x"))}}
		})
	}, time.Hour, ErrNotDelegated},
	{"a target named to leave its folder", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Deltas, l.keysOf(t, Deltas), func(m *targetsMeta) {
			m.Signed.Targets["delta/.."] = &metadata.TargetFiles{Length: 1, Hashes: metadata.Hashes{"sha256": hashOf([]byte("x"))}}
		})
	}, time.Hour, ErrMalformed},
	{"targets that list instead of delegating", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Targets, l.keysOf(t, Targets), func(m *targetsMeta) {
			m.Signed.Targets["snapshot/1"] = &metadata.TargetFiles{Length: 1, Hashes: metadata.Hashes{"sha256": hashOf([]byte("x"))}}
		})
	}, time.Hour, ErrNotDelegated},
	{"more delegations than a feed has", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Targets, l.keysOf(t, Targets), func(m *targetsMeta) {
			for range 10 {
				m.Signed.Delegations.Roles = append(m.Signed.Delegations.Roles, m.Signed.Delegations.Roles[0])
			}
		})
	}, time.Hour, ErrTooLong},
	{"a delegation with threshold 0", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Targets, l.keysOf(t, Targets), func(m *targetsMeta) { delegation(&m.Signed, Deltas).Threshold = 0 })
	}, time.Hour, ErrThreshold},
	{"a delegation with one key under two names", func(t *testing.T, l *lab, now, seen files) {
		l.replace(t, now, Targets, l.keysOf(t, Targets), func(m *targetsMeta) { sameKeyTwice(t, &m.Signed) })
	}, time.Hour, ErrThreshold},
	{"a root with threshold 0", func(t *testing.T, l *lab, now, seen files) {
		l.newRoot(t, now, l.keysOf(t, Root), func(m *rootMeta) { m.Signed.Roles[Timestamp].Threshold = 0 })
	}, time.Hour, ErrThreshold},
	{"a root with an Ed25519 key of 3 octets", func(t *testing.T, l *lab, now, seen files) {
		l.newRoot(t, now, l.keysOf(t, Root), func(m *rootMeta) {
			m.Signed.Keys["short"] = &metadata.Key{Type: metadata.KeyTypeEd25519, Scheme: metadata.KeySchemeEd25519, Value: metadata.KeyVal{PublicKey: "010203"}}
			m.Signed.Roles[Timestamp].KeyIDs = []string{"short"}
		})
	}, time.Hour, ErrMalformed},
	{"a root without consistent snapshots", func(t *testing.T, l *lab, now, seen files) {
		l.newRoot(t, now, l.keysOf(t, Root), func(m *rootMeta) { m.Signed.ConsistentSnapshot = false })
	}, time.Hour, ErrMalformed},
	{"a new root without the old threshold", func(t *testing.T, l *lab, now, seen files) {
		mine := []crypto.Signer{newKey(t), newKey(t), l.keysOf(t, Root)[0]}
		l.newRoot(t, now, mine, func(m *rootMeta) { rootKeys(t, m, mine[:2]) })
	}, time.Hour, ErrSignature},
	{"a new root without its own threshold", func(t *testing.T, l *lab, now, seen files) {
		mine := []crypto.Signer{newKey(t), newKey(t)}
		l.newRoot(t, now, append(l.keysOf(t, Root), mine[0]), func(m *rootMeta) { rootKeys(t, m, mine) })
	}, time.Hour, ErrSignature},
	{"a root that skips a version", func(t *testing.T, l *lab, now, seen files) {
		l.newRoot(t, now, l.keysOf(t, Root), func(m *rootMeta) { m.Signed.Version++ })
	}, time.Hour, ErrRollback},
	{"an old root in the place of the next", func(t *testing.T, l *lab, now, seen files) {
		now["2.root.json"] = now["1.root.json"]
	}, time.Hour, ErrRollback},
	{"null where go-tuf looks for a target", func(t *testing.T, l *lab, now, seen files) {
		l.replaceText(t, now, Deltas, []byte(`{"signed":{"_type":"targets","targets":{"delta/1":null}},"signatures":[]}`))
	}, time.Hour, ErrMalformed},
	{"null where go-tuf looks for a snapshot", func(t *testing.T, l *lab, now, seen files) {
		l.point(t, now, today, func(s *timestampMeta) { s.Signed.Meta["snapshot.json"] = nil })
	}, time.Hour, ErrMalformed},
	{"endless metadata", func(t *testing.T, l *lab, now, seen files) {
		now["timestamp.json"] = append(now["timestamp.json"], make([]byte, 1<<20)...)
	}, time.Hour, ErrTooLong},
	{"a snapshot longer than signed", func(t *testing.T, l *lab, now, seen files) {
		name := now.newest(t, Snapshot)
		now[name] = append(now[name], ' ')
	}, time.Hour, ErrTooLong},
	{"a page in the place of metadata", func(t *testing.T, l *lab, now, seen files) {
		now["timestamp.json"] = []byte("<html>Log in to this network</html>")
	}, time.Hour, ErrMalformed},
	{"a node whose clock was set back", func(t *testing.T, l *lab, now, seen files) {}, -time.Hour, ErrClock},
	{"the timestamp withheld", func(t *testing.T, l *lab, now, seen files) { delete(now, "timestamp.json") }, time.Hour, ErrNotFound},
	{"the deltas withheld", func(t *testing.T, l *lab, now, seen files) { delete(now, now.newest(t, Deltas)) }, time.Hour, ErrNotFound},
}

// Every attack is refused with its own error, what was applied before stays
// true, and the next honest answer is believed.
func TestAttacks(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			l := newLab(t)
			l.add(t, Snapshots, "snapshot/1", "the base", today)
			l.add(t, Deltas, "delta/2", "a change", today)
			l.publish(t, today)
			mirror := l.files(t)
			n := nodeAt(t, l.anchor(t), Limits{}, mirror)
			if _, err := n.refresh(t, today); err != nil {
				t.Fatal(err)
			}
			seen := l.files(t)
			l.add(t, Deltas, "delta/3", "another change", today)
			l.publish(t, today.Add(time.Minute))
			honest := l.files(t)
			mirror.become(honest)
			a.do(t, l, mirror, seen)

			u, err := n.refresh(t, today.Add(a.after))
			var fault *Error
			if !errors.As(err, &fault) || fault.Kind != a.want {
				t.Fatalf("got %v, want %v", err, a.want)
			}
			if len(u.Targets) != 0 {
				t.Errorf("an attack gave targets: %v", u.Targets)
			}
			// Whose online keys were stolen must publish past the thief's
			// versions, or rotate those keys: TestFastForward.
			if had := n.state[Timestamp]; !bytes.Equal(had, honest["timestamp.json"]) && !bytes.Equal(had, seen["timestamp.json"]) {
				for range 3 {
					l.publish(t, today.Add(2*time.Minute))
				}
			}
			mirror.become(l.files(t))
			u, err = n.refresh(t, today.Add(time.Hour))
			if err != nil || len(u.Targets) != 3 {
				t.Errorf("afterwards, from an honest mirror: %d targets, %v", len(u.Targets), err)
			}
		})
	}
}

// newRoot publishes a next root.
func (l *lab) newRoot(t testing.TB, m files, keys []crypto.Signer, change func(*rootMeta)) {
	t.Helper()
	m["2.root.json"] = forged(t, m["1.root.json"], keys, func(r *rootMeta) {
		r.Signed.Version++
		change(r)
	})
}

func rootKeys(t testing.TB, m *rootMeta, keys []crypto.Signer) {
	t.Helper()
	m.Signed.Roles[Root].KeyIDs = nil
	for _, k := range keys {
		key, err := tufKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Signed.AddKey(key, Root); err != nil {
			t.Fatal(err)
		}
	}
}

// sameKeyTwice gives Snapshots one key as two: metadata has two names for the
// type of an ECDSA key, so one key has two IDs.
func sameKeyTwice(t testing.TB, m *metadata.TargetsType) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := delegation(m, Snapshots)
	d.KeyIDs = nil
	for _, name := range []string{metadata.KeyTypeECDSA_SHA2_P256, metadata.KeyTypeECDSA_SHA2_P256_COMPAT} {
		key, err := metadata.KeyFromPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		key.Type = name
		if err := m.AddKey(key, Snapshots); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(2, len(delegation(m, Snapshots).KeyIDs)); diff != "" {
		t.Fatalf("key IDs: %s", diff)
	}
}

// twice repeats the first signature.
func twice(t testing.TB, text []byte) []byte {
	t.Helper()
	m, err := new(targetsMeta).FromBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	m.Signatures = append(m.Signatures, m.Signatures[0])
	if text, err = m.ToBytes(false); err != nil {
		t.Fatal(err)
	}
	return text
}

// replayed returns a timestamp older than the one that the node saw.
func replayed(t testing.TB, l *lab, seen files) []byte {
	t.Helper()
	return forged(t, seen["timestamp.json"], l.keysOf(t, Timestamp), func(m *timestampMeta) { m.Signed.Version-- })
}
