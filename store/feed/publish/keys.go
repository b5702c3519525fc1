package publish

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"paperweight/store/feed/trust"
)

// Keys reads private keys from files (PKCS #8 in PEM), and a laboratory's from
// DIR/keys where that folder is.
func Keys(dir string, files ...string) ([]crypto.Signer, error) {
	keys, err := trust.LabKeys(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		key, err := trust.ReadKey(name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// ReadPublicKey reads a public key (PKIX in PEM, as openssl writes it) that a
// feed can use, and returns its ID with it.
func ReadPublicKey(name string) (key crypto.PublicKey, id string, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, "", err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, "", fmt.Errorf("feed: %s is no public key in PEM; a private key must not come here", name)
	}
	if key, err = x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		id, err = trust.KeyID(key)
	}
	if err != nil {
		return nil, "", fmt.Errorf("feed: %s: %w", name, err)
	}
	return key, id, nil
}
