package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// KeyError is a value that can't be, by the path of its key, as "log.level".
type KeyError struct {
	Key    string
	Reason string
}

func (e *KeyError) Error() string { return e.Key + ": " + e.Reason }

// atLine returns ":LINE" of a key, or of the nearest section around it; nothing
// where the text has neither (a default, or a flag).
func atLine(text []byte, key string) string {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || len(root.Content) == 0 {
		return ""
	}
	line := 0
	node := root.Content[0]
	for _, part := range strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next := child(node, part)
		if next == nil {
			break
		}
		node, line = next, next.Line
	}
	if line == 0 {
		return ""
	}
	return fmt.Sprintf(":%d", line)
}

func child(n *yaml.Node, part string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == part {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			if fmt.Sprint(i) == part {
				return c
			}
		}
	}
	return nil
}

// noNullKey refuses a key that YAML reads as null, which the decoder passes over
// silently, with its value: policy.malformed has a form of that name.
func noNullKey(text []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return err
	}
	if n := nullKey(&root); n != nil {
		return fmt.Errorf("line %d: a key is null: for the word, write \"null\" in quotes", n.Line)
	}
	return nil
}

func nullKey(n *yaml.Node) *yaml.Node {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.Tag == "!!null" {
			return c
		}
		if found := nullKey(c); found != nil {
			return found
		}
	}
	return nil
}

// withLine adds the line to the error of a value that reads itself (a status,
// a criterion): the decoder gives none, but such an error begins with the
// value in quotes.
func withLine(text []byte, err error) error {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil {
		return err
	}
	if n := quoted(&root, err.Error()); n != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	return err
}

func quoted(n *yaml.Node, message string) *yaml.Node {
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(message, fmt.Sprintf("%q ", n.Value)) {
		return n
	}
	for _, c := range n.Content {
		if found := quoted(c, message); found != nil {
			return found
		}
	}
	return nil
}
