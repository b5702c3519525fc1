// Package hsm signs with keys that never leave a hardware security module or a
// smart card, by PKCS #11: Tokens.Key turns a URI (RFC 7512) into a
// crypto.Signer, which package trust takes as any other.
//
//	pkcs11:token=feed;object=deltas-1?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/pin
//
// Keys are Ed25519, ECDSA on P-256 and RSA (which signs with PSS), as far as the
// module offers them. It makes no keys: the module's own tools do, and
// `paperweight feed key` shows what came of it.
//
// A module is a C library, so this needs cgo; without it, Key says what to do
// and everything else of the program works. Package main of gateway imports it.
package hsm
