//go:build !cgo

package hsm

import (
	"errors"
	"testing"
)

// A program without cgo says so, and what to do; a mistake comes first.
func TestWithoutCgo(t *testing.T) {
	var tokens Tokens
	if _, err := tokens.Key("pkcs11:object=a" + here(t)); !errors.Is(err, ErrCgo) {
		t.Errorf("error %v, want ErrCgo", err)
	}
}
