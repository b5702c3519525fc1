// Package load asks an equipment identity register as fast as it answers: a
// closed loop over a few connections, each with a fixed number of requests
// outstanding, measuring checks a second and the latency of each.
//
// A rate alone says little on a machine that others share, so the package
// also has the limit to compare with: an echo server in a process of its own,
// which frames the same requests, writes answers of the same size and
// batches them the same way, but decides nothing. Compare measures the two
// in turn, round after round, and its figure is the median of the ratios.
//
// It judges no answer beyond counting it by outcome: that is the suite's
// work. It imports nothing of the register's.
//
// Imported by conformance/ alone.
package load
