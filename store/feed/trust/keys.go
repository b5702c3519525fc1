package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// minRSA is the shortest RSA modulus that counts, in bits.
const minRSA = 2048

// KeyID is the name that metadata gives a key: the SHA-256 of its canonical
// form, in hex. It refuses a key that a feed can't use: anything but Ed25519,
// ECDSA on P-256 and RSA (which signs with PSS) of 2048 bits or more.
func KeyID(public crypto.PublicKey) (string, error) {
	key, err := tufKey(public)
	if err != nil {
		return "", err
	}
	return key.ID()
}

func tufKey(public crypto.PublicKey) (*metadata.Key, error) {
	if err := usable(public); err != nil {
		return nil, err
	}
	return metadata.KeyFromPublicKey(public)
}

func usable(public crypto.PublicKey) error {
	switch k := public.(type) {
	case ed25519.PublicKey:
		// crypto/ed25519 panics on any other length.
		if len(k) != ed25519.PublicKeySize {
			return fmt.Errorf("an Ed25519 key of %d octets, not %d", len(k), ed25519.PublicKeySize)
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return fmt.Errorf("an ECDSA key on %s: only P-256 is accepted", k.Curve.Params().Name)
		}
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSA {
			return fmt.Errorf("an RSA key of %d bits: %d is the least", k.N.BitLen(), minRSA)
		}
	default:
		return fmt.Errorf("a key of type %T: Ed25519, ECDSA P-256 and RSA are accepted", public)
	}
	return nil
}

// sound checks that a role's keys can guarantee its threshold. go-tuf checks
// some of this again when it verifies; here it is told apart from a bad
// signature, and before keys that would make it panic are used.
func sound(role string, threshold int, ids []string, keys map[string]*metadata.Key) error {
	if threshold < 1 {
		return faultf(ErrThreshold, role, "a threshold of %d: anybody could sign", threshold)
	}
	different := map[string]bool{}
	for _, id := range ids {
		key := keys[id]
		if key == nil {
			return faultf(ErrMalformed, role, "key %.8s is named but not given", id)
		}
		public, err := key.ToPublicKey()
		if err != nil {
			return faultf(ErrMalformed, role, "key %.8s: %w", id, err)
		}
		if err := usable(public); err != nil {
			return faultf(ErrMalformed, role, "key %.8s: %w", id, err)
		}
		// TUF 5.3.4: "each key is only counted once", by what it is: the
		// same key under two names is one key.
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return faultf(ErrMalformed, role, "key %.8s: %w", id, err)
		}
		different[string(der)] = true
	}
	if len(different) < threshold {
		return faultf(ErrThreshold, role, "%d different keys for a threshold of %d", len(different), threshold)
	}
	return nil
}

// signer signs for go-tuf with any crypto.Signer: a key in RAM, an HSM.
type signer struct {
	crypto.Signer
	err error // go-tuf hides why signing failed
}

func (s *signer) PublicKey(...signature.PublicKeyOption) (crypto.PublicKey, error) {
	return s.Public(), nil
}

func (s *signer) SignMessage(message io.Reader, _ ...signature.SignOption) (sig []byte, err error) {
	defer func() { s.err = err }()
	text, err := io.ReadAll(message)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(text)
	switch s.Public().(type) {
	case ed25519.PublicKey:
		return s.Sign(rand.Reader, text, crypto.Hash(0))
	case *rsa.PublicKey:
		return s.Sign(rand.Reader, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	}
	return s.Sign(rand.Reader, digest[:], crypto.SHA256)
}

// sign adds or renews one key's signature.
func sign[T metadata.Roles](m *metadata.Metadata[T], key crypto.Signer) error {
	id, err := KeyID(key.Public())
	if err != nil {
		return err
	}
	kept := m.Signatures[:0:0]
	for _, s := range m.Signatures {
		if s.KeyID != id {
			kept = append(kept, s)
		}
	}
	m.Signatures = kept
	s := &signer{Signer: key}
	if _, err := m.Sign(s); err != nil {
		if s.err != nil {
			err = s.err
		}
		return fmt.Errorf("feed: key %.8s can't sign: %w", id, err)
	}
	return nil
}
