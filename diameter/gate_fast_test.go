//go:build !race

package diameter

import (
	"testing"
	"time"

	"paperweight/diameter/wire"
)

// Where checks are fast nothing is refused, however much comes. The race
// detector makes every check a slow one.
func TestLongLineOfFastChecks(t *testing.T) {
	cfg := lab()
	cfg.MaxBacklog = 20 * time.Millisecond // the line stands for longer, and one preempted check is no majority
	n := start(t, cfg, constant)
	m := n.open(t)
	const count = 100_000
	go ask100k(m, count)
	if got := m.tally(count); got[wire.DiameterSuccess] != count {
		t.Errorf("%v", got)
	}
}
