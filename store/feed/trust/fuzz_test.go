package trust

import (
	"crypto"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// Whatever the thief of all online keys signs, or vouches for unsigned, a node
// survives it, and believes no target but one that the delta key may sign. All
// of it is in RAM, no key is made, and the root is verified once, so that most
// of the time goes into what was changed.
func FuzzMetadata(f *testing.F) {
	l := newLab(f)
	l.add(f, Deltas, "delta/1", "a change", today)
	l.publish(f, today)
	honest := l.files(f)
	roles := []string{Timestamp, Snapshot, Targets, Snapshots, Deltas}
	for i, role := range roles {
		name := "timestamp.json"
		if role != Timestamp {
			name = honest.newest(f, role)
		}
		f.Add(byte(i), true, honest[name])
		f.Add(byte(i), false, honest[name])
	}
	f.Add(byte(4), true, []byte(`{"signed":{"_type":"targets","targets":{"delta/1":null}},"signatures":[]}`))
	root, err := trustedRoot(honest["root.json"])
	if err != nil {
		f.Fatal(err)
	}
	client, err := NewClient(honest["root.json"], []Mirror{honest}, Limits{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which byte, sign bool, text []byte) {
		m := files{}
		m.become(honest)
		role := roles[int(which)%len(roles)]
		if sign {
			text = l.signedAnew(t, role, text)
		}
		switch role {
		case Timestamp:
			m["timestamp.json"] = text
		case Snapshot:
			m[m.newest(t, Snapshot)] = text
			l.point(t, m, today, func(s *timestampMeta) {
				meta := s.Signed.Meta["snapshot.json"]
				meta.Length, meta.Hashes = int64(len(text)), metadata.Hashes{"sha256": hashOf(text)}
			})
		default:
			l.replaceText(t, m, role, text)
		}
		w := &walk{ctx: t.Context(), client: client, mirror: &source{Mirror: m}, now: today, state: State{}, trusted: rooted(root)}
		var targets map[string]Target
		err := w.timestamp()
		if err == nil {
			targets, err = w.listed()
		}
		if err != nil && len(targets) != 0 {
			t.Errorf("refused, and gave %v", targets)
		}
		for name, target := range targets {
			if target.Role != Deltas || target.Name != name || !targetName.MatchString(name) || name[:6] != "delta/" || target.Length < 0 {
				t.Errorf("believed %v", target)
			}
		}
		if own := role == Deltas && sign; err == nil && !own && (len(targets) != 1 || targets["delta/1"].Length != 8) {
			t.Errorf("believed %v", targets)
		}
	})
}

// rooted is what was verified of a root, to go on from.
func rooted(root *trustedmetadata.TrustedMetadata) *trustedmetadata.TrustedMetadata {
	t := *root
	t.RefTime, t.Targets = today, map[string]*targetsMeta{}
	return &t
}

// signedAnew is text signed by who stole the online keys, as it is where it is
// no metadata or the role's keys are offline.
func (l *lab) signedAnew(t testing.TB, role string, text []byte) []byte {
	switch role {
	case Timestamp:
		return signedBy[metadata.TimestampType](text, l.keysOf(t, role))
	case Snapshot:
		return signedBy[metadata.SnapshotType](text, l.keysOf(t, role))
	case Deltas:
		return signedBy[metadata.TargetsType](text, l.keysOf(t, role))
	}
	return text
}

func signedBy[T metadata.Roles](text []byte, keys []crypto.Signer) (signed []byte) {
	defer func() {
		if recover() != nil {
			signed = text // go-tuf can't write again all that it reads
		}
	}()
	m, err := new(metadata.Metadata[T]).FromBytes(text)
	if err != nil {
		return text
	}
	m.ClearSignatures()
	for _, k := range keys {
		if sign(m, k) != nil {
			return text
		}
	}
	if signed, err = m.ToBytes(false); err != nil {
		return text
	}
	return signed
}
