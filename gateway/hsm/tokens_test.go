//go:build cgo

package hsm

import (
	"strings"
	"testing"
)

// With a real module: conformance/interop.
func TestNoModule(t *testing.T) {
	var tokens Tokens
	_, err := tokens.Key("pkcs11:object=a" + here(t))
	if err == nil || !strings.Contains(err.Error(), "no PKCS #11 module that can be loaded") {
		t.Errorf("error %v", err)
	}
}
