package trust

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// InitLab makes a feed with every key in DIR/keys and publishes it, empty. It
// is for laboratories: who reads that folder signs what he likes.
func InitLab(dir string, life Lifetimes, now time.Time) (*Repository, error) {
	if err := vacant(dir); err != nil {
		return nil, err
	}
	// The folder of the keys is closed to others; this one is not, since a web
	// server reads public/ in it.
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	plan := map[string]RolePlan{}
	var keys []crypto.Signer
	for _, role := range Roles() {
		p := RolePlan{Threshold: thresholds()[role][0]}
		for i := range thresholds()[role][1] {
			public, private, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				return nil, err
			}
			name := fmt.Sprintf("%s-%d.pem", role, i+1)
			if err := WriteKey(filepath.Join(dir, "keys", name), private); err != nil {
				return nil, err
			}
			p.Keys = append(p.Keys, public)
			keys = append(keys, private)
		}
		plan[role] = p
	}
	r, err := Init(dir, plan, life, now)
	if err != nil {
		return nil, err
	}
	if _, err := r.Publish(now, keys...); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// LabKeys returns the keys that InitLab made.
func LabKeys(dir string) ([]crypto.Signer, error) {
	names, err := filepath.Glob(filepath.Join(dir, "keys", "*.pem"))
	if err != nil {
		return nil, err
	}
	var keys []crypto.Signer
	for _, name := range names {
		key, err := ReadKey(name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// WriteKey writes a private key (PKCS #8 in PEM) into a new file that only its
// owner may read.
func WriteKey(name string, key crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), f.Sync(), f.Close())
}

// ReadKey reads a private key (PKCS #8 in PEM) that a feed can use.
func ReadKey(name string) (crypto.Signer, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("feed: %s is no private key in PEM (PKCS #8)", name)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("feed: %s: %w", name, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("feed: %s: a key of type %T can't sign", name, key)
	}
	if _, err := KeyID(signer.Public()); err != nil {
		return nil, fmt.Errorf("feed: %s: %w", name, err)
	}
	return signer, nil
}
