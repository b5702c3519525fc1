package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
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
	if err := decode(text, &first); err != nil {
		return Config{}, err
	}
	profile, err := eir.Profile(first.Policy.Profile)
	if err != nil {
		return Config{}, &KeyError{"policy.profile", err.Error()}
	}
	c := Default()
	c.Policy.Policy = profile
	return c, decode(text, &c)
}

func decode(text []byte, c *Config) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(c)
	var mistakes *yaml.TypeError
	switch {
	case err == nil:
		if err = d.Decode(new(yaml.Node)); err == nil {
			return errors.New("there is a second YAML document (after `---`): one is read")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	case errors.Is(err, io.EOF):
		return nil // nothing but comments: the defaults
	case errors.As(err, &mistakes):
		return errors.New(plain(strings.Join(mistakes.Errors, "; ")) + " (`paperweight config` prints every key)")
	}
	return withLine(text, err)
}

// plain takes the decoder's words about Go types out of a message.
func plain(s string) string {
	for _, t := range []string{"Config", "Node", "Diameter", "Peer", "Admin", "Store", "Policy", "Import", "Log"} {
		s = strings.ReplaceAll(s, " not found in type config."+t, " is no key here")
	}
	return strings.ReplaceAll(s, "not found in type eir.MalformedPolicy", "is no key here")
}
