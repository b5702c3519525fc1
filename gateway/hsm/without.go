//go:build !cgo

package hsm

import (
	"crypto"
	"errors"
)

// Tokens are none: this program was built without cgo.
type Tokens struct{}

// ErrCgo says that this program can't load a module, and what to do.
var ErrCgo = errors.New("hsm: this program was built without cgo, which PKCS #11 modules need; " +
	"build it where a C compiler is: CGO_ENABLED=1 go build -o paperweight ./gateway")

// Key is ErrCgo for every URI that is one.
func (t *Tokens) Key(uri string) (crypto.Signer, error) {
	if _, err := parse(uri); err != nil {
		return nil, fault(uri, err)
	}
	return nil, ErrCgo
}

// Close does nothing.
func (t *Tokens) Close() error { return nil }
