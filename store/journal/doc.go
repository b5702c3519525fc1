// Package journal keeps a file of lines, each with its own checksum, that is
// appended to and synced line by line: what a store has acknowledged, beside
// the tables that hold it. A line is
//
//	CRC-32C of the text as 8 hexadecimal digits, a blank, the text, a newline
//
// so a bit that changed, a line that was cut off and a line that is gone are
// told from what was written, and all other lines can still be read, by a
// person as well. What the lines say is not its business.
//
// Package store may import it; it imports Pebble's file system alone.
package journal
