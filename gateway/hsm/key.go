//go:build cgo

package hsm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/miekg/pkcs11"
)

// PKCS #11 3.0, which the library does not name.
const (
	ckkECEdwards = 0x40
	ckmEDDSA     = 0x1057
)

// key is a private key in a token.
type key struct {
	session
	object pkcs11.ObjectHandle
	public crypto.PublicKey
}

// key finds the one private key that fits, and its public half.
func (s session) key(p *place) (*key, error) {
	private, err := s.objects(pkcs11.CKO_PRIVATE_KEY, p.label, p.id)
	switch {
	case err != nil:
		return nil, err
	case len(private) == 0:
		return nil, errors.New("the token has no such private key")
	case len(private) > 1:
		return nil, fmt.Errorf("%d private keys fit: say id=%%HH as well", len(private))
	}
	kind, id, label, err := s.names(private[0])
	if err != nil {
		return nil, err
	}
	public, err := s.objects(pkcs11.CKO_PUBLIC_KEY, label, id)
	if err != nil {
		return nil, err
	}
	if len(public) != 1 {
		return nil, fmt.Errorf("%d public keys lie beside it with its label and id; exactly one is needed", len(public))
	}
	k := &key{session: s, object: private[0]}
	k.public, err = s.public(kind, public[0])
	return k, err
}

// objects returns those of a class with a label and an id, where they are given.
func (s session) objects(class uint, label, id string) ([]pkcs11.ObjectHandle, error) {
	template := []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}
	if label != "" {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_LABEL, label))
	}
	if id != "" {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_ID, id))
	}
	if err := s.module.FindObjectsInit(s.handle, template); err != nil {
		return nil, err
	}
	found, _, err := s.module.FindObjects(s.handle, 3)
	return found, errors.Join(err, s.module.FindObjectsFinal(s.handle))
}

func (s session) names(o pkcs11.ObjectHandle) (kind uint, id, label string, err error) {
	a, err := s.module.GetAttributeValue(s.handle, o, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, nil), pkcs11.NewAttribute(pkcs11.CKA_ID, nil), pkcs11.NewAttribute(pkcs11.CKA_LABEL, nil),
	})
	if err != nil {
		return 0, "", "", err
	}
	// A CK_ULONG comes in the machine's own order.
	for _, candidate := range []uint{pkcs11.CKK_RSA, pkcs11.CKK_EC, ckkECEdwards} {
		if string(pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, candidate).Value) == string(a[0].Value) {
			return candidate, string(a[1].Value), string(a[2].Value), nil
		}
	}
	return 0, "", "", errors.New("it is a key of another kind than Ed25519, ECDSA and RSA")
}

// public reads a public key.
func (s session) public(kind uint, o pkcs11.ObjectHandle) (crypto.PublicKey, error) {
	want := [2]uint{pkcs11.CKA_EC_PARAMS, pkcs11.CKA_EC_POINT}
	if kind == pkcs11.CKK_RSA {
		want = [2]uint{pkcs11.CKA_MODULUS, pkcs11.CKA_PUBLIC_EXPONENT}
	}
	a, err := s.module.GetAttributeValue(s.handle, o, []*pkcs11.Attribute{pkcs11.NewAttribute(want[0], nil), pkcs11.NewAttribute(want[1], nil)})
	if err != nil {
		return nil, err
	}
	first, second := a[0].Value, a[1].Value
	if kind == pkcs11.CKK_RSA {
		exponent := new(big.Int).SetBytes(second)
		if exponent.BitLen() > 31 {
			return nil, errors.New("its public exponent is too large")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(first), E: int(exponent.Int64())}, nil
	}
	// CKA_EC_POINT: "DER-encoding of ANSI X9.62 ECPoint value Q"; some modules
	// leave the wrapping out.
	var point []byte
	if rest, err := asn1.Unmarshal(second, &point); err != nil || len(rest) > 0 {
		point = second
	}
	if kind == ckkECEdwards {
		if len(point) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("an Edwards key of %d octets: Ed25519 alone is known here", len(point))
		}
		return ed25519.PublicKey(point), nil
	}
	var curve asn1.ObjectIdentifier
	p256 := asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	if _, err := asn1.Unmarshal(first, &curve); err != nil || !curve.Equal(p256) {
		return nil, errors.New("an ECDSA key on another curve than P-256")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

// Public implements crypto.Signer.
func (k *key) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer for what a feed signs: a message with Ed25519,
// a SHA-256 digest with ECDSA and with RSA-PSS, whose salt is as long as it.
func (k *key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	switch k.public.(type) {
	case ed25519.PublicKey:
		if opts.HashFunc() != 0 {
			return nil, errors.New("hsm: Ed25519 signs messages, not digests")
		}
		return k.raw(pkcs11.NewMechanism(ckmEDDSA, nil), digest)
	case *rsa.PublicKey:
		pss, ok := opts.(*rsa.PSSOptions)
		if !ok || opts.HashFunc() != crypto.SHA256 || pss.SaltLength != rsa.PSSSaltLengthEqualsHash && pss.SaltLength != crypto.SHA256.Size() {
			return nil, errors.New("hsm: RSA signs with PSS, SHA-256 and a salt of its length alone")
		}
		return k.raw(pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS,
			pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, uint(crypto.SHA256.Size()))), digest)
	}
	raw, err := k.raw(pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil), digest)
	if err != nil {
		return nil, err
	}
	// PKCS #11 gives r and s, each half as long; crypto.Signer wants them in DER.
	half := len(raw) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
}

func (k *key) raw(how *pkcs11.Mechanism, text []byte) ([]byte, error) {
	if err := k.module.SignInit(k.handle, []*pkcs11.Mechanism{how}, k.object); err != nil {
		return nil, fmt.Errorf("hsm: the token can't sign so: %w", err)
	}
	sig, err := k.module.Sign(k.handle, text)
	if err != nil {
		return nil, fmt.Errorf("hsm: signing: %w", err)
	}
	return sig, nil
}
