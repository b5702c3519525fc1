package hsm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// here writes a file that is no module, and a PIN, and returns the end of a URI
// with both.
func here(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"module.so": "no module", "pin": "6543210\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "?module-path=" + dir + "/module.so&pin-source=file:" + dir + "/pin"
}

func TestParse(t *testing.T) {
	p, err := parse("pkcs11:token=The%20feed;object=deltas-1;id=%01%fe;slot-id=7;type=private" + here(t))
	if err != nil {
		t.Fatal(err)
	}
	if p.token != "The feed" || p.label != "deltas-1" || p.id != "\x01\xfe" || *p.slot != 7 || p.pin != "6543210" || filepath.Base(p.module) != "module.so" {
		t.Errorf("parsed %+v", p)
	}
	if got, want := p.String(), "token=The feed;object=deltas-1;slot-id=7;id=01fe"; got != want {
		t.Errorf("told as %q, want %q", got, want)
	}
}

// Each mistake says what to do, and no error holds the PIN.
func TestMistakes(t *testing.T) {
	end := here(t)
	module, _, _ := strings.Cut(end, "&")
	for uri, want := range map[string]string{
		"pkcs11:token" + end:                               "it is no PKCS #11 URI",
		"pkcs11:token=a;token=b" + end:                     "duplicate",
		"pkcs11:objct=a" + end:                             `attribute "objct": use token,`,
		"pkcs11:token=a" + end:                             "say object=LABEL",
		"pkcs11:object=a;type=public" + end:                "type=public can't sign",
		"pkcs11:object=a;slot-id=-1" + end:                 "slot-id=-1 is no number of a slot",
		"pkcs11:object=a":                                  "say ?module-path=",
		"pkcs11:object=a?module-path=/nowhere.so":          "is not accessible",
		"pkcs11:object=a" + module:                         "say &pin-source=file:",
		"pkcs11:object=a" + module + "&pin-source=/no/p":   "could not open pin file",
		"pkcs11:object=a" + module + "&pin-source=pipe:/p": "scheme pipe is not supported",
		"pkcs11:object=a" + module + "&pin-value=6543210":  "",
	} {
		var tokens Tokens
		_, err := tokens.Key(uri)
		if err == nil {
			t.Errorf("%s: no error", uri)
			continue
		}
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
		if strings.Contains(err.Error(), "6543210") {
			t.Errorf("the PIN is told: %v", err)
		}
		if err := tokens.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestIsURI(t *testing.T) {
	for name, want := range map[string]bool{"pkcs11:object=a": true, "root-1.pem": false, "./pkcs11:a": false} {
		if IsURI(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
