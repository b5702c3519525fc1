package hsm

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	pkcs11uri "github.com/stefanberger/go-pkcs11uri"
)

// Scheme begins every URI of a key.
const Scheme = "pkcs11:"

// IsURI says whether a key's name is a URI, and no file's.
func IsURI(name string) bool { return strings.HasPrefix(name, Scheme) }

// place is where a URI says that a key is. Empty fields fit anything.
type place struct {
	module, pin                        string
	token, manufacturer, model, serial string
	slot                               *uint
	label, id                          string
}

// parse reads a URI, and the PIN where it says. Its errors never hold the PIN.
func parse(uri string) (place, error) {
	u := pkcs11uri.New()
	u.SetAllowAnyModule(true)
	if err := u.Parse(uri); err != nil {
		return place{}, errors.New("it is no PKCS #11 URI (RFC 7512): " + strings.TrimPrefix(err.Error(), "Malformed pkcs11 URI: "))
	}
	if err := known(uri); err != nil {
		return place{}, err
	}
	var p place
	for name, to := range map[string]*string{"token": &p.token, "manufacturer": &p.manufacturer, "model": &p.model, "serial": &p.serial, "object": &p.label, "id": &p.id} {
		*to, _ = u.GetPathAttribute(name, false)
	}
	if kind, ok := u.GetPathAttribute("type", false); ok && kind != "private" {
		return place{}, fmt.Errorf("type=%s can't sign: leave it out, or say type=private", kind)
	}
	if text, ok := u.GetPathAttribute("slot-id", false); ok {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return place{}, fmt.Errorf("slot-id=%s is no number of a slot", text)
		}
		slot := uint(n)
		p.slot = &slot
	}
	if p.label == "" && p.id == "" {
		return place{}, errors.New("which key? Say object=LABEL or id=%HH")
	}
	var err error
	if p.module, err = u.GetModule(); err != nil {
		return place{}, fmt.Errorf("which module? Say ?module-path=/PATH/OF/MODULE.so: %w", err)
	}
	if !u.HasPIN() {
		return place{}, errors.New("which PIN? Say &pin-source=file:/PATH of a file that holds it")
	}
	if p.pin, err = u.GetPIN(); err != nil {
		return place{}, fmt.Errorf("pin-source: %w", err)
	}
	p.pin = strings.TrimRight(p.pin, "\r\n")
	return p, nil
}

// known refuses a misspelt attribute, which would otherwise fit any key.
func known(uri string) error {
	names := []string{"token", "manufacturer", "model", "serial", "slot-id", "object", "id", "type", "module-path", "module-name", "pin-source", "pin-value"}
	for _, a := range strings.FieldsFunc(strings.TrimPrefix(uri, Scheme), func(r rune) bool { return strings.ContainsRune(";?&", r) }) {
		if name, _, _ := strings.Cut(a, "="); !slices.Contains(names, name) {
			return fmt.Errorf("attribute %q: use %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// String says where, without the PIN.
func (p *place) String() string {
	var parts []string
	for _, a := range [][2]string{{"token", p.token}, {"manufacturer", p.manufacturer}, {"model", p.model}, {"serial", p.serial}, {"object", p.label}} {
		if a[1] != "" {
			parts = append(parts, a[0]+"="+a[1])
		}
	}
	if p.slot != nil {
		parts = append(parts, fmt.Sprintf("slot-id=%d", *p.slot))
	}
	if p.id != "" {
		parts = append(parts, fmt.Sprintf("id=%x", p.id))
	}
	return strings.Join(parts, ";")
}

// fault names a URI that can't be, without what may be a PIN.
func fault(uri string, err error) error {
	path, _, _ := strings.Cut(uri, "?")
	return fmt.Errorf("hsm: %s: %w", path, err)
}
