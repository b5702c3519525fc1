package trust

import (
	"testing"
)

// Whatever the thief of both online keys vouches for, a node survives it, and
// believes no target but one that the delta key may sign.
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
		f.Add(byte(i), honest[name])
	}
	f.Add(byte(4), []byte(`{"signed":{"_type":"targets","targets":{"delta/1":null}},"signatures":[]}`))
	f.Fuzz(func(t *testing.T, which byte, text []byte) {
		m := files{}
		m.become(honest)
		switch role := roles[int(which)%len(roles)]; role {
		case Timestamp:
			m["timestamp.json"] = text
		case Snapshot:
			m[m.newest(t, Snapshot)] = text
		default:
			l.replaceText(t, m, role, text)
		}
		u, err := nodeAt(t, honest["root.json"], Limits{}, m).refresh(t, today)
		if err != nil && len(u.Targets) != 0 {
			t.Errorf("refused, and gave %v", u.Targets)
		}
		if err == nil && (len(u.Targets) != 1 || u.Targets["delta/1"].Length != 8) {
			t.Errorf("believed %v", u.Targets)
		}
	})
}
