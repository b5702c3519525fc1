// Package trust decides whether a feed may be believed. It speaks The Update
// Framework (TUF 1.0.31) with its clauses named where they are obeyed.
//
// A Repository is the authority's end: a directory in which the feed's
// metadata is prepared, signed by whoever holds the keys, and published as
// static files that any web server or object store hands out. A Client is a
// node's end: it asks mirrors for what is new, believes nothing that is not
// signed as the root says, and hands over targets only once they are complete.
//
// The roles, and who may sign what:
//
//	root       2 of 3, offline, a year    names every key; the trust anchor
//	targets    2 of 2, a year             delegates, and lists nothing itself
//	snapshots  2 of 2, half a year        snapshot/*, the base lists
//	deltas     1, online, a month         delta/*, the changes
//	snapshot   1, online, a week          which versions belong together
//	timestamp  1, online, three days      which snapshot is the newest
//
// So who steals the delta key (and those of snapshot and timestamp, without
// which it shows nothing to anybody) can forge a change, which a node's guards
// limit, and lead nodes ahead of their authority, from where they follow it
// again once it begins a new epoch; it can't replace the base, and no more. Who
// steals the timestamp key can hold a feed up until its metadata expires.
//
// Published files, all below one address:
//
//	N.root.json N.snapshot.json N.targets.json N.snapshots.json N.deltas.json
//	root.json                  the newest root, for new nodes
//	timestamp.json             the only one a node asks for that ever changes
//	snapshot/SHA256.NAME       targets, named with their hash in hex
//	delta/SHA256.NAME
//
// Besides what TUF prescribes, the signed part of timestamp.json holds
// "issued", the time of signing (RFC 3339, UTC): a node tells from it how old
// the feed is, and whether its own clock runs behind.
//
// It does not know what is in a target (store/feed/format), keeps no state of
// its own (State goes in and out, so that a store commits it in the batch that
// applies a target), never asks the clock but for how long a mirror took, and logs nothing.
//
// Store/feed and gateway may import it; it imports go-tuf's metadata and its
// trustedmetadata, not its updater.
package trust
