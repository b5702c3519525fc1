package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"paperweight/store/feed/trust"
)

// Init begins a feed in a directory, or goes on where the ceremony stopped,
// and returns all its steps. Without the public keys it makes DIR/ceremony,
// where they belong; with all of them it prepares the first root, which then
// waits for signatures (Sign) and for the first publication.
func Init(dir string, life trust.Lifetimes, now time.Time) ([]Step, error) {
	if err := os.MkdirAll(filepath.Join(dir, "ceremony"), 0o755); err != nil {
		return nil, err
	}
	begun, err := exists(filepath.Join(dir, "published"))
	if err != nil {
		return nil, err
	}
	plan, missing, err := readPlan(dir)
	if err != nil {
		return nil, err
	}
	if !begun && len(missing) > 0 {
		return ceremony(dir, missing, nil), nil
	}
	var repo *trust.Repository
	if begun {
		repo, err = trust.Open(dir, life)
	} else {
		repo, err = trust.Init(dir, plan, life, now)
	}
	if err != nil {
		return nil, err
	}
	return ceremony(dir, nil, repo), repo.Close()
}

// InitLab makes a feed with every key in DIR/keys and publishes it, empty. It
// is for laboratories: who reads that folder signs what he likes.
func InitLab(dir string, life trust.Lifetimes, now time.Time) error {
	repo, err := trust.InitLab(dir, life, now)
	if err != nil {
		return err
	}
	return repo.Close()
}

// publicKey is where the ceremony wants a role's public key.
func publicKey(dir, role string, n int) string {
	return filepath.Join(dir, "ceremony", fmt.Sprintf("%s-%d.pub", role, n))
}

// readPlan reads the public keys; missing are the files that are not there.
func readPlan(dir string) (plan map[string]trust.RolePlan, missing []string, err error) {
	plan = map[string]trust.RolePlan{}
	for _, role := range trust.Roles() {
		wanted := trust.Thresholds()[role]
		p := trust.RolePlan{Threshold: wanted[0]}
		for n := 1; n <= wanted[1]; n++ {
			name := publicKey(dir, role, n)
			key, _, err := ReadPublicKey(name)
			if errors.Is(err, fs.ErrNotExist) {
				missing = append(missing, name)
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			p.Keys = append(p.Keys, key)
		}
		plan[role] = p
	}
	return plan, missing, nil
}

func exists(name string) (bool, error) {
	_, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
