// Package config is Paperweight's configuration: one struct whose
// documentation is the manual, a strict reader of YAML for it, and the
// defaults as a YAML file with comments.
//
// Unknown keys are errors that name the line, values are checked before
// anything starts, and what is left out has the value of Default. It starts
// nothing and opens nothing but the file.
//
// Package gateway imports it, and nobody else.
package config
