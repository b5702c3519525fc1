package publish

import (
	"crypto"
	"errors"
)

// Keys reads private keys from files (PKCS #8 in PEM), and a laboratory's from
// DIR/keys where that folder is.
func Keys(dir string, files ...string) ([]crypto.Signer, error) {
	return nil, errors.New("publish: not built yet")
}

// ReadPublicKey reads a public key (PKIX in PEM), for a Rotation.
func ReadPublicKey(file string) (crypto.PublicKey, error) {
	return nil, errors.New("publish: not built yet")
}
