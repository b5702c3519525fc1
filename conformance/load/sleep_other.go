//go:build !linux

package load

import "time"

// exact has nothing to do where we know no better timer than Go's.
func exact() {}

// sleep waits for about d.
func sleep(d time.Duration) { time.Sleep(d) }
