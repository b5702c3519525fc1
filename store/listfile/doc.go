// Package listfile reads list files.
package listfile
