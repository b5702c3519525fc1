// Package load puts load on an equipment identity register and measures what
// that does to it. There are two ways.
//
// RunOpen is an open loop: requests arrive when the schedule says, whatever
// the register makes of them, as those of a network do. A latency counts from
// when its request was due, so there is no coordinated omission: a register
// that stalls is charged for all who would have waited. How late the generator
// itself was is measured beside it, and told where it matters. When a request
// is due, what it asks and how urgently are functions of its number
// (schedule.go, mix.go), so of one that waits a single word is kept, and a
// request costs no allocation. One sender keeps the pace of all connections
// (sender.go) on a thread with a fine timer; each connection has a receiver
// (member.go), which opens another where one ends (link.go); they count into
// shards (shard.go).
//
// Run is a closed loop: a few connections, each with a fixed number of
// requests outstanding. A rate alone says little on a machine that others
// share, so there is also the limit to compare with: an echo server in a
// process of its own, which frames the same requests, writes answers of the
// same size and batches them the same way, but decides nothing. Compare
// measures the two in turn, round after round, and its figure is the median of
// the ratios.
//
// It judges an answer by what a list says is right, where one does; whether it
// keeps the specifications is the suite's work. It imports nothing of the
// register's.
//
// Imported by conformance/ alone.
package load
