package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"paperweight/store/feed"
	"paperweight/store/feed/trust"
)

// Authority is what an authority may choose for its feed. It stands in
// DIR/settings.yaml, which `paperweight feed init` writes; keys that are left
// out, or the whole file, are DefaultAuthority's.
type Authority struct {
	// Lifetimes are how long each role's metadata is valid from when it is
	// signed, by role. At least a second each.
	Lifetimes trust.Lifetimes `yaml:"lifetimes"`
	// Grace is how long a file stays in DIR/public to which no publication
	// leads any more; a second at least.
	Grace time.Duration `yaml:"grace"`
	// Guard says what publish refuses without --force. It should hold no more
	// than those of the nodes, so that they need not.
	Guard feed.Guard `yaml:"guard"`
}

const settingsFile = "settings.yaml"

const settingsHead = `# What this feed's authority has chosen. Every key stands here.
#   lifetimes  how long each role's metadata is valid from when it is signed; a
#              change counts with the next publish, renew or rotate of the role
#   grace      how long a file stays in public/ to which no publication leads any
#              more, for nodes in the midst of a fetch and mirrors in the midst
#              of a copy; not shorter than the life of a timestamp, and every
#              file to which a valid timestamp leads is there
#   guard      what publish refuses without --force, as nodes hold it; the keys
#              are those of a node's feeds.guard: paperweight config
`

// DefaultAuthority is for a national list.
func DefaultAuthority() Authority {
	return Authority{Lifetimes: trust.DefaultLifetimes(), Grace: trust.DefaultGrace, Guard: feed.DefaultGuard()}
}

// ReadAuthority reads the settings of a feed's directory. Its errors name the
// file and the key.
func ReadAuthority(dir string) (Authority, error) {
	a := DefaultAuthority()
	name := filepath.Join(dir, settingsFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	if err = decode(text, &a, "its head tells them"); err == nil {
		err = a.Validate()
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// Validate reports the first value that can't be, as a *KeyError.
func (a *Authority) Validate() error {
	for _, role := range slices.Sorted(maps.Keys(a.Lifetimes)) {
		if !slices.Contains(trust.Roles(), role) {
			return &KeyError{"lifetimes." + role, "no such role: use " + strings.Join(trust.Roles(), ", ")}
		}
		if err := atLeast("lifetimes."+role, a.Lifetimes[role], time.Second); err != nil {
			return err
		}
	}
	if err := atLeast("grace", a.Grace, time.Second); err != nil {
		return err
	}
	if err := a.Guard.Validate(); err != nil {
		return &KeyError{"guard", strings.TrimPrefix(err.Error(), "guard: ")}
	}
	return nil
}

// Write writes the settings into a directory that has none yet; fs.ErrExist
// where it has.
func (a *Authority) Write(dir string) error {
	text, err := yaml.Marshal(a)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, settingsFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(settingsHead + string(text))
	return errors.Join(err, f.Close())
}
