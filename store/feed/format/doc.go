// Package format reads and writes the files of the feed.
package format
