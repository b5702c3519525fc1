//go:build cgo

package hsm

import (
	"crypto"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"
)

// Tokens are the modules that are loaded and the sessions with their tokens.
// The zero value has none. One goroutine uses it; its keys are good until Close.
type Tokens struct {
	modules  map[string]*pkcs11.Ctx // by path: one is initialised once a process
	sessions []session
}

type session struct {
	module *pkcs11.Ctx
	handle pkcs11.SessionHandle
}

// Key finds the one private key that a URI names and logs in to its token. An
// error says what is missing; it never holds the PIN.
func (t *Tokens) Key(uri string) (crypto.Signer, error) {
	p, err := parse(uri)
	if err != nil {
		return nil, fault(uri, err)
	}
	k, err := t.key(&p)
	if err != nil {
		return nil, fmt.Errorf("hsm: %s in %s: %w", p.String(), p.module, err)
	}
	return k, nil
}

func (t *Tokens) key(p *place) (crypto.Signer, error) {
	module, err := t.load(p.module)
	if err != nil {
		return nil, err
	}
	slot, err := find(module, p)
	if err != nil {
		return nil, err
	}
	handle, err := module.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return nil, err
	}
	s := session{module, handle}
	t.sessions = append(t.sessions, s)
	// PKCS #11: the login is the token's, for all sessions of the process.
	err = module.Login(handle, pkcs11.CKU_USER, p.pin)
	var code pkcs11.Error
	switch errors.As(err, &code); code {
	case pkcs11.CKR_OK, pkcs11.CKR_USER_ALREADY_LOGGED_IN:
	case pkcs11.CKR_PIN_INCORRECT:
		return nil, fmt.Errorf("the PIN is wrong, and a token locks itself after some that are: %w", err)
	default:
		return nil, fmt.Errorf("logging in: %w", err)
	}
	return s.key(p)
}

func (t *Tokens) load(path string) (*pkcs11.Ctx, error) {
	if m := t.modules[path]; m != nil {
		return m, nil
	}
	m := pkcs11.New(path)
	if m == nil {
		return nil, errors.New("the file is no PKCS #11 module that can be loaded here")
	}
	if err := m.Initialize(); err != nil {
		m.Destroy()
		return nil, fmt.Errorf("initialising the module: %w", err)
	}
	if t.modules == nil {
		t.modules = map[string]*pkcs11.Ctx{}
	}
	t.modules[path] = m
	return m, nil
}

// find returns the slot of the one token that fits.
func find(module *pkcs11.Ctx, p *place) (uint, error) {
	slots, err := module.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	var fits []uint
	var seen []string
	for _, slot := range slots {
		info, err := module.GetTokenInfo(slot)
		if err != nil {
			return 0, err
		}
		if info.Label != "" {
			seen = append(seen, info.Label)
		}
		fit := func(want, got string) bool { return want == "" || want == got }
		if fit(p.token, info.Label) && fit(p.manufacturer, info.ManufacturerID) && fit(p.model, info.Model) &&
			fit(p.serial, info.SerialNumber) && (p.slot == nil || *p.slot == slot) && info.Flags&pkcs11.CKF_TOKEN_INITIALIZED != 0 {
			fits = append(fits, slot)
		}
	}
	switch len(fits) {
	case 1:
		return fits[0], nil
	case 0:
		return 0, fmt.Errorf("no such token; there are: %s", strings.Join(seen, ", "))
	}
	return 0, fmt.Errorf("%d tokens fit: say token=, serial= or slot-id=", len(fits))
}

// Close ends the sessions, which logs out, and unloads the modules.
func (t *Tokens) Close() error {
	var faults []error
	for _, s := range t.sessions {
		faults = append(faults, s.module.CloseSession(s.handle))
	}
	for _, m := range t.modules {
		faults = append(faults, m.Finalize())
		m.Destroy()
	}
	*t = Tokens{}
	return errors.Join(faults...)
}
