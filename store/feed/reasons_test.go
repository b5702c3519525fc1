package feed

import (
	"bytes"
	"fmt"
	"testing"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

// A feed goes on where its list has more reasons than a node numbers, and says
// each of them.
func TestMoreReasonsThanNumbers(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	list := make([]format.Change, format.MaxReasons)
	for i := range list {
		list[i] = format.Change{Op: format.Added, New: phone(t, i)}
		list[i].New.Reason = fmt.Sprint("report ", i)
	}
	// The authority of these tests need not know them: it publishes changes.
	text, state := file(t, format.Header{Kind: format.Snapshot, To: format.State{Epoch: 1, Sequence: 1}}, list)
	a.put(t, "snapshot/1", text, Label{Epoch: 1, To: 1})
	a.state = state
	a.publish(t)
	n.poll(t, a.now)
	more := phone(t, len(list))
	more.Reason = "one more"
	a.change(t, []format.Entry{more})
	n.poll(t, a.now)
	if s := n.check(t, len(list)); s != eir.Prohibited || n.Status(a.now).State != a.state {
		t.Errorf("it is %s, the node at %+v", s, n.Status(a.now))
	}
	delta, _ := file(t, format.Header{Kind: format.Delta, From: a.state, To: format.State{Epoch: 1, Sequence: 3}},
		[]format.Change{{Op: format.Removed, Old: more}})
	w, err := DiffCandidate(t.Context(), n.store, national, eir.DefaultPolicy(), bytes.NewReader(delta), checks(t, more.From.String()))
	if err != nil || len(w.Samples) != 1 || w.Samples[0].Now.Reason != more.Reason {
		t.Errorf("what the removal would change: %+v, %v", w, err)
	}
	// A delta takes it away as it was said, so the node knew it all.
	a.change(t, nil, more)
	n.poll(t, a.now)
	if s := n.check(t, len(list)); s != eir.Unknown {
		t.Errorf("after its removal it is %s", s)
	}
}
