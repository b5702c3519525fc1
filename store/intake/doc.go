// Package intake carries list files into the store: one import is one change.
package intake
