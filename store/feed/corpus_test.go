package feed

import (
	"crypto"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// tally counts the negative corpus.
type tally struct{ cases, refused, answering int }

func (tally *tally) String() string {
	return fmt.Sprintf("cases %d, refused %d, still answering %d", tally.cases, tally.refused, tally.answering)
}

// attack is what an attacker makes of a mirror that just got a publication,
// with sequence 2. seen is what the node saw before, with sequence 1.
type attack struct {
	name string
	do   func(t *testing.T, a *authority, m *mirror, seen map[string][]byte)
	// after is when the node polls, 0 at once.
	after time.Duration
	want  error
}

// delta is the path of the newest delta.
func (a *authority) delta() string { return "delta/" + a.state.Link.String() + ".2" }

// cut keeps the first n octets of a file, of a negative n all but so many.
func cut(path func(t *testing.T, a *authority, m *mirror) string, n int) func(*testing.T, *authority, *mirror, map[string][]byte) {
	return func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		name := path(t, a, m)
		if n < 0 {
			n += len(m.files[name])
		}
		m.files[name] = m.files[name][:n]
	}
}

func theDelta(_ *testing.T, a *authority, _ *mirror) string { return a.delta() }

func the(role string) func(*testing.T, *authority, *mirror) string {
	return func(t *testing.T, _ *authority, m *mirror) string {
		if role == trust.Timestamp {
			return "timestamp.json"
		}
		return newest(t, m.files, role)
	}
}

// answers has a path answered with a status that leads elsewhere.
func answers(path func(*testing.T, *authority, *mirror) string, code int) func(*testing.T, *authority, *mirror, map[string][]byte) {
	return oddly(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
	})
}

func oddly(path func(*testing.T, *authority, *mirror) string, h http.HandlerFunc) func(*testing.T, *authority, *mirror, map[string][]byte) {
	return func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) { m.odd[path(t, a, m)] = h }
}

// endless goes on until the node hangs up.
func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(make([]byte, 64<<10)); err != nil {
			return
		}
	}
}

// silent says nothing until the node hangs up.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// meta changes a role's metadata, signed by keys of a role that was robbed.
func meta(role string, keys func(t *testing.T, a *authority) []crypto.Signer, change func(object)) func(*testing.T, *authority, *mirror, map[string][]byte) {
	return func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		text := m.files[newest(t, m.files, role)]
		a.replace(t, m, role, forged(t, text, keys(t, a), change))
	}
}

func all(role string) func(*testing.T, *authority) []crypto.Signer {
	return func(t *testing.T, a *authority) []crypto.Signer { return a.keysOf(t, role) }
}

func some(role string, n int) func(*testing.T, *authority) []crypto.Signer {
	return func(t *testing.T, a *authority) []crypto.Signer { return a.keysOf(t, role)[:n] }
}

func same(object) {}

// delegation is what Targets says of a role.
func delegation(targets object, role string) object {
	for _, r := range targets["delegations"].(object)["roles"].([]any) {
		if r.(object)["name"] == role {
			return r.(object)
		}
	}
	panic("no delegation of " + role)
}

// root publishes a next root.
func root(keys func(t *testing.T, a *authority) []crypto.Signer, change func(root object)) func(*testing.T, *authority, *mirror, map[string][]byte) {
	return func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		m.files["2.root.json"] = forged(t, m.files["1.root.json"], keys(t, a), func(r object) {
			r["version"] = 2
			change(r)
		})
	}
}

var attacks = []attack{
	{"replayed timestamp", func(t *testing.T, a *authority, m *mirror, seen map[string][]byte) {
		m.files["timestamp.json"] = forged(t, seen["timestamp.json"], a.keysOf(t, trust.Timestamp), func(s object) { s["version"] = 1 })
	}, 0, trust.ErrRollback},
	{"expired timestamp: a freeze", func(t *testing.T, a *authority, m *mirror, seen map[string][]byte) { m.files = seen }, 73 * time.Hour, trust.ErrExpired},
	{"clock set back", func(*testing.T, *authority, *mirror, map[string][]byte) {}, -time.Hour, trust.ErrClock},
	{"rollback of the snapshot", func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		a.point(t, m, func(s object) { s["meta"].(object)["snapshot.json"].(object)["version"] = 1 })
	}, 0, trust.ErrRollback},
	{"rollback of the base", func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		a.vouch(t, m, func(meta object) { meta["snapshots.json"].(object)["version"] = 1 })
	}, 0, trust.ErrRollback},
	{"mix and match: old deltas under the new name", func(t *testing.T, a *authority, m *mirror, seen map[string][]byte) {
		m.files[newest(t, m.files, trust.Deltas)] = seen[newest(t, seen, trust.Deltas)]
	}, 0, trust.ErrMismatch},
	{"mix and match: an old snapshot under the new name", func(t *testing.T, a *authority, m *mirror, seen map[string][]byte) {
		m.files[newest(t, m.files, trust.Snapshot)] = seen[newest(t, seen, trust.Snapshot)]
	}, 0, trust.ErrMismatch},
	{"one signature of two on the base", meta(trust.Snapshots, some(trust.Snapshots, 1), same), 0, trust.ErrSignature},
	{"one signature of two on the delegations", meta(trust.Targets, some(trust.Targets, 1), same), 0, trust.ErrSignature},
	{"no signature at all", meta(trust.Deltas, some(trust.Deltas, 0), same), 0, trust.ErrSignature},
	{"one key signs twice", meta(trust.Snapshots, func(t *testing.T, a *authority) []crypto.Signer {
		k := a.keysOf(t, trust.Snapshots)[0]
		return []crypto.Signer{k, k}
	}, same), 0, trust.ErrMalformed},
	{"one key named twice", meta(trust.Targets, all(trust.Targets), func(s object) {
		d := delegation(s, trust.Snapshots)
		ids := d["keyids"].([]any)
		d["keyids"] = []any{ids[0], ids[0]}
	}), 0, trust.ErrThreshold},
	{"threshold 0", meta(trust.Targets, all(trust.Targets), func(s object) { delegation(s, trust.Deltas)["threshold"] = 0 }), 0, trust.ErrThreshold},
	{"a root with threshold 0", root(all(trust.Root), func(r object) {
		r["roles"].(object)["timestamp"].(object)["threshold"] = 0
	}), 0, trust.ErrThreshold},
	{"a key that nobody named", meta(trust.Deltas, func(t *testing.T, _ *authority) []crypto.Signer { return []crypto.Signer{newKey(t)} }, same), 0, trust.ErrSignature},
	{"another role's key", meta(trust.Snapshots, all(trust.Deltas), same), 0, trust.ErrSignature},
	{"a new root without the old threshold", root(some(trust.Root, 1), same), 0, trust.ErrSignature},
	{"a root that skips a version", root(all(trust.Root), func(r object) { r["version"] = 3 }), 0, trust.ErrRollback},
	{"the delta key signs a base", meta(trust.Deltas, all(trust.Deltas), func(s object) {
		s["targets"].(object)["snapshot/2"] = object{"length": 1, "hashes": object{"sha256": format.Hash{}.String()}}
	}), 0, trust.ErrNotDelegated},
	{"a target that leaves its folder", meta(trust.Deltas, all(trust.Deltas), func(s object) {
		s["targets"].(object)["delta/.."] = object{"length": 1, "hashes": object{"sha256": format.Hash{}.String()}}
	}), 0, trust.ErrMalformed},
	{"tampered target", func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		text := slices.Clone(m.files[a.delta()])
		text[len(text)/2] ^= 1
		m.files[a.delta()] = text
	}, 0, trust.ErrMismatch},
	{"another target of the same length", func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		m.files[a.delta()] = make([]byte, len(m.files[a.delta()]))
	}, 0, trust.ErrMismatch},
	{"tampered metadata", func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		text := slices.Clone(m.files["timestamp.json"])
		text[slices.Index(text, '2')] = '3' // in a date, a version or a hash
		m.files["timestamp.json"] = text
	}, 0, trust.ErrSignature},
	{"target cut to nothing", cut(theDelta, 0), 0, trust.ErrMismatch},
	{"target cut within its magic", cut(theDelta, 5), 0, trust.ErrMismatch},
	{"target cut behind its header", cut(theDelta, 204), 0, trust.ErrMismatch},
	{"target cut within a block", cut(theDelta, 230), 0, trust.ErrMismatch},
	{"target cut before its end mark", cut(theDelta, -104), 0, trust.ErrMismatch},
	{"target without its last octet", cut(theDelta, -1), 0, trust.ErrMismatch},
	{"timestamp cut", cut(the(trust.Timestamp), -1), 0, trust.ErrMalformed},
	{"snapshot cut", cut(the(trust.Snapshot), -1), 0, trust.ErrMismatch},
	{"deltas cut", cut(the(trust.Deltas), 100), 0, trust.ErrMismatch},
	{"target with an octet more", func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		m.files[a.delta()] = append(slices.Clone(m.files[a.delta()]), 0)
	}, 0, trust.ErrMismatch},
	{"target without end", oddly(theDelta, endless), 0, trust.ErrTooLong},
	{"timestamp without end", oddly(the(trust.Timestamp), endless), 0, trust.ErrTooLong},
	{"deltas without end", oddly(the(trust.Deltas), endless), 0, trust.ErrTooLong},
	{"slow with a target", oddly(theDelta, silent), 0, trust.ErrTooSlow},
	{"slow with metadata", oddly(the(trust.Timestamp), silent), 0, trust.ErrTooSlow},
	{"403 for the timestamp", answers(the(trust.Timestamp), http.StatusForbidden), 0, trust.ErrNotFound},
	{"404 for the timestamp", answers(the(trust.Timestamp), http.StatusNotFound), 0, trust.ErrNotFound},
	{"403 for a target", answers(theDelta, http.StatusForbidden), 0, trust.ErrNotFound},
	{"404 for a target", answers(theDelta, http.StatusNotFound), 0, trust.ErrNotFound},
	{"410 for the deltas", answers(the(trust.Deltas), http.StatusGone), 0, trust.ErrNotFound},
	{"500 for the timestamp", answers(the(trust.Timestamp), http.StatusInternalServerError), 0, trust.ErrUnreachable},
	{"301 for the timestamp", answers(the(trust.Timestamp), http.StatusMovedPermanently), 0, trust.ErrRedirect},
	{"302 for the snapshot", answers(the(trust.Snapshot), http.StatusFound), 0, trust.ErrRedirect},
	{"307 for a target", answers(theDelta, http.StatusTemporaryRedirect), 0, trust.ErrRedirect},
	{"a page in the place of metadata", func(t *testing.T, a *authority, m *mirror, _ map[string][]byte) {
		m.files["timestamp.json"] = []byte("<html>Log in to this network</html>")
	}, 0, trust.ErrMalformed},
}

// The negative corpus at a whole node: each attack on a mirror and each bad
// file is refused with its own error; the node answers as before, from the
// same list; and once things are right again it goes on.
//
// Metadata has more cases in store/feed/trust, and files in store/feed/format.
func TestCorpus(t *testing.T) {
	var n tally
	for _, c := range attacks {
		t.Run(c.name, func(t *testing.T) { n.attack(t, &c) })
	}
	for _, c := range badFiles() {
		t.Run(c.name, func(t *testing.T) { n.file(t, &c) })
	}
	t.Logf("%v", &n)
	if n.cases != n.refused || n.cases != n.answering {
		t.Errorf("%v", &n)
	}
}

func (tally *tally) attack(t *testing.T, c *attack) {
	tally.cases++
	a := startAuthority(t)
	m, url := startMirror(t)
	node := newNode(t, a, t.TempDir(), url)
	node.config.Limits.Trust.Request = 20 * time.Second
	if c.want == trust.ErrTooSlow {
		node.config.Limits.Trust.Request, node.config.Limits.Trust.Idle = 300*time.Millisecond, 300*time.Millisecond
	}
	node.open(t)
	defer node.close(t)
	a.change(t, phones(t, 0, 10))
	seen := a.shown(t)
	m.shows(seen)
	node.poll(t, a.now)
	before := a.state
	a.change(t, phones(t, 10, 5))
	m.shows(a.shown(t))
	c.do(t, a, m, seen)

	_, err := node.Once(t.Context(), a.now.Add(c.after))
	wantErr(t, err, c.want)
	node.at(t, a, before)
	tally.refused++
	if node.check(t, 5) != eir.Prohibited || node.check(t, 12) != eir.Unknown || node.Status(a.now).Err == nil || len(node.failed) != 1 {
		t.Fatalf("it answers %v and %v, told %v, status %+v", node.check(t, 5), node.check(t, 12), node.failed, node.Status(a.now))
	}
	// Past the versions that a thief of the online keys used up.
	for range 3 {
		a.publish(t)
	}
	m.shows(a.shown(t))
	node.config.Limits.Trust.Request = 0 // a slow machine is no slow server
	node.reopen(t)
	node.poll(t, a.now)
	node.at(t, a, a.state)
	if !t.Failed() {
		tally.answering++
	}
}
