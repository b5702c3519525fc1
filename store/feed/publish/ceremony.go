package publish

import (
	"errors"
	"time"

	"paperweight/store/feed/trust"
)

// Step is one step of the ceremony in which a feed gets its keys.
type Step struct {
	Title string `json:"title"`
	// Where is the machine or the people.
	Where string `json:"where"`
	// Why is what goes wrong without it.
	Why string `json:"why"`
	// Commands are what to type, in order.
	Commands []string `json:"commands,omitempty"`
	// Missing says what is not there yet; Done is that nothing is.
	Missing []string `json:"missing,omitempty"`
	Done    bool     `json:"done"`
}

// Init begins a feed in a directory, or goes on where the ceremony stopped,
// and returns all its steps. Without the public keys it makes DIR/ceremony,
// where they belong; with all of them it prepares the first root, which then
// waits for signatures (Sign) and for the first publication.
func Init(dir string, life trust.Lifetimes, now time.Time) ([]Step, error) {
	return nil, errors.New("publish: not built yet")
}

// InitLab makes a feed with every key in DIR/keys and publishes it, empty. It
// is for laboratories: who reads that folder signs what he likes.
func InitLab(dir string, life trust.Lifetimes, now time.Time) error {
	return errors.New("publish: not built yet")
}
