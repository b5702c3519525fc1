package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"paperweight/eir"
)

// Read returns the configuration of a file, or Default where path is empty,
// with the changes made to it (a command's flags) and all of it checked. Its
// errors name the file, the line where there is one, and the key.
func Read(path string, changes ...func(*Config)) (Config, error) {
	var text []byte
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return Config{}, fmt.Errorf("the configuration can't be read: %w", err)
		}
	}
	c, err := Parse(text)
	if err == nil {
		for _, change := range changes {
			change(&c)
		}
		err = c.Validate()
	}
	var at *KeyError
	switch {
	case err == nil:
		return c, nil
	case path == "":
		return Config{}, err
	case errors.As(err, &at):
		return Config{}, fmt.Errorf("%s%s: %w", path, atLine(text, at.Key), err)
	}
	return Config{}, fmt.Errorf("%s: %w", path, err)
}

// Parse decodes YAML over Default, without Validate.
func Parse(text []byte) (Config, error) {
	// The profile must be known before the answers that differ from it are
	// laid over it, so the text is decoded twice.
	first := Default()
	if err := decode(text, &first, everyKey); err != nil {
		return Config{}, err
	}
	profile, err := eir.Profile(first.Policy.Profile)
	if err != nil {
		return Config{}, &KeyError{"policy.profile", err.Error()}
	}
	c := Default()
	c.Policy.Policy = profile
	if err := decode(text, &c, everyKey); err != nil {
		return Config{}, err
	}
	return c, completeLists(text)
}

// completeLists refuses thresholds of a single list that are not all there.
// The decoder would make the missing ones zero, and a max_loss of zero holds
// every list that is one phone shorter.
func completeLists(text []byte) error {
	var raw struct {
		Import struct {
			Lists map[string]map[string]any `yaml:"lists"`
		} `yaml:"import"`
	}
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(raw.Import.Lists)) {
		for _, key := range []string{"min_share", "max_loss", "max_share", "free_gain"} {
			if _, ok := raw.Import.Lists[name][key]; !ok {
				return &KeyError{"import.lists." + name, key + " is missing: the thresholds of a list belong together"}
			}
		}
	}
	return nil
}

const everyKey = "`paperweight config` prints every key"

// decode lays YAML over a value, strictly; keys says where all keys are told.
func decode(text []byte, over any, keys string) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(over)
	var mistakes *yaml.TypeError
	switch {
	case err == nil:
		if err = d.Decode(new(yaml.Node)); err == nil {
			return errors.New("there is a second YAML document (after `---`): one is read")
		}
		if errors.Is(err, io.EOF) {
			return noNullKey(text)
		}
		return err
	case errors.Is(err, io.EOF):
		return nil // nothing but comments: the defaults
	case errors.As(err, &mistakes):
		return errors.New(plain(strings.Join(mistakes.Errors, "; ")) + " (" + keys + ")")
	}
	return withLine(text, err)
}

// plain takes the decoder's words about Go types out of a message.
func plain(s string) string {
	return goType.ReplaceAllString(s, " is no key here")
}

var goType = regexp.MustCompile(` not found in type [\w.]+`)
