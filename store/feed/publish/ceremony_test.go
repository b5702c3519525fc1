package publish

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/store/feed/trust"
	"paperweight/store/intake"
)

// custodians make the keys of a role as the ceremony asks for them.
func custodians(t *testing.T, dir string) map[string]crypto.Signer {
	t.Helper()
	keys := map[string]crypto.Signer{}
	for _, role := range trust.Roles() {
		for n := 1; n <= trust.Thresholds()[role][1]; n++ {
			public, private, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			der, err := x509.MarshalPKIXPublicKey(public)
			if err != nil {
				t.Fatal(err)
			}
			name := publicKey(dir, role, n)
			if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
				t.Fatal(err)
			}
			keys[strings.TrimSuffix(filepath.Base(name), ".pub")] = private
		}
	}
	return keys
}

func done(steps []Step) (all []bool) {
	for _, s := range steps {
		all = append(all, s.Done)
	}
	return all
}

func TestTheCeremonyLeadsToAFeed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "feed")
	step := func(want ...bool) []Step {
		t.Helper()
		steps, err := Init(dir, nil, dayOne)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, done(steps)); diff != "" {
			t.Errorf("steps done: %s", diff)
		}
		return steps
	}
	if steps := step(false, false, false, false, false, false); len(steps[0].Missing) != 7 || len(steps[1].Missing) != 3 {
		t.Errorf("missing: %v, %v", steps[0].Missing, steps[1].Missing)
	}
	custodians(t, dir)
	if err := os.Remove(publicKey(dir, trust.Root, 3)); err != nil {
		t.Fatal(err)
	}
	if steps := step(false, true, false, false, false, false); len(steps[0].Missing) != 1 {
		t.Errorf("missing: %v", steps[0].Missing)
	}
	keys := custodians(t, dir)
	if steps := step(true, true, true, false, false, false); len(steps[3].Missing) != 4 {
		t.Errorf("to be signed: %v", steps[3].Missing)
	}
	p, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	online := []crypto.Signer{keys["deltas-1"], keys["snapshot-1"], keys["timestamp-1"]}
	list := func() intake.File { return file(t, "20260301_blacklist.csv", blacklist(1)) }
	publish := func(files ...intake.File) error {
		_, err := p.Publish(context.Background(), Job{Files: files, Keys: online, At: dayOne})
		return err
	}
	var waiting *WaitingError
	if err := publish(); !errors.As(err, &waiting) || !errors.Is(err, trust.ErrSignature) {
		t.Errorf("published without the custodians: %v", err)
	}
	for _, name := range []string{"root-1", "root-3", "targets-1", "targets-2", "snapshots-1", "snapshots-2"} {
		if _, err := p.Sign(keys[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := publish(); err != nil {
		t.Fatal(err)
	}
	// The first list needs both custodians of snapshots; it waits for them.
	if err := publish(list()); !errors.As(err, &waiting) {
		t.Errorf("published a base list with online keys: %v", err)
	}
	if signed, err := p.Sign(keys["snapshots-2"], keys["snapshots-1"]); err != nil || len(signed) != 1 {
		t.Errorf("signed %v, %v", signed, err)
	}
	if err := publish(); err != nil {
		t.Fatal(err)
	}
	// From now on changes need the online keys alone.
	if err := publish(file(t, "20260302_blacklist.csv", blacklist(1, 2))); err != nil {
		t.Error(err)
	}
	if s := p.Status(dayOne); s.Sequence != 2 || s.Snapshot != 1 || s.Deltas != 1 || len(s.Pending) != 0 || len(s.Expiries) != 6 || len(s.Expired) != 0 {
		t.Errorf("%+v", s)
	}
	if s := p.Status(dayOne.AddDate(0, 0, 8)); len(s.Expired) != 2 {
		t.Errorf("expired after eight days: %v", s.Expired)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	step(true, true, true, true, true, false)
}

func TestAPrivateKeyIsNoPublicKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "feed")
	if _, err := Init(dir, nil, dayOne); err != nil {
		t.Fatal(err)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := trust.WriteKey(publicKey(dir, trust.Root, 1), private); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir, nil, dayOne); err == nil || !strings.Contains(err.Error(), "private key must not") {
		t.Errorf("%v", err)
	}
}

func TestKeysRotateAndDatesAreRenewed(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1))
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ids, _, err := a.repo.Keys(trust.Deltas)
	if err != nil {
		t.Fatal(err)
	}
	keys := append(a.keys, private)
	if _, err := a.Rotate(trust.Deltas, trust.Rotation{Out: ids, In: []crypto.PublicKey{public}}, a.now, keys...); err != nil {
		t.Fatal(err)
	}
	if _, err := a.tryPublish(file(t, "20260302_blacklist.csv", blacklist(1, 2))); !errors.Is(err, trust.ErrSignature) {
		t.Errorf("the old key still signs: %v", err)
	}
	a.keys = keys
	if _, err := a.tryPublish(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.listed(), a.published()); diff != "" || len(a.listed()) != 2 {
		t.Error(a.listed(), diff)
	}
	before := a.Status(a.now).Expiries
	a.now = a.now.AddDate(0, 0, 20)
	if _, err := a.Renew(nil, a.now, a.keys...); err != nil {
		t.Fatal(err)
	}
	for i, e := range a.Status(a.now).Expiries {
		if !e.At.After(before[i].At) {
			t.Errorf("%s was not renewed", e.Role)
		}
	}
}
