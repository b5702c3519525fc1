// Package feed is a node's end of a signed feed: a Follower brings one source
// of the store to where its authority is, and keeps it there.
//
// A poll asks what is published (store/feed/trust decides whether to believe
// it), chooses the way from the node's state to the newest one, fetches file
// by file (store/feed/format finds out whether a file is whole and follows the
// state), measures what it would change, holds it to the Guard, and applies it
// in one step of the store together with the feed's state and the trust in it.
// So a crash, a bad file or a bad day leaves a state that the authority
// published, whole: the one before or the one after.
//
// Whatever goes wrong, the node goes on answering from what it has:
//
//   - nobody to ask, forged, replayed or expired metadata: nothing is applied,
//     Status tells it, and expired metadata makes the source Stale;
//   - a file that is not what it should be, or that the store will not have
//     (store.MaxOverlap), is refused and not asked for again; another way is
//     taken where there is one;
//   - a list that is not what the feed says it is, or that the store can't read,
//     has diverged (damage.go): no delta is applied until a snapshot has replaced
//     it, an older one only together with the deltas behind it, as one step: no
//     list ever goes back (rebase.go). It goes first to the very state that the
//     node had accepted, which is no change and is held by nobody (back.go);
//   - an update that the Guard finds too large or out of place is held, and all
//     that follows waits behind it, until an operator releases or rejects it.
//
// What a node remembers of a feed lies beside the list, in the store's blobs of
// the source: memory.go. Files that are held lie in Config.Dir.
//
// It never asks the clock but in Run and for how long a file took, logs nothing
// and counts nothing: it returns errors, emits Events and answers Status.
// Gateway may import it; it imports eir, store, store/feed/trust and
// store/feed/format.
package feed
