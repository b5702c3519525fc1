package trust

// Thresholds returns, for each role of a new feed, how many signatures it
// needs and how many keys it should have.
func Thresholds() map[string][2]int { return thresholds() }
