// Package callee gives the tests of conformance/ somebody to call: a function
// that serves each connection of an address of its own. Only tests import it.
package callee
