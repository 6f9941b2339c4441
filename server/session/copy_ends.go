package session

import (
	"github.com/freshetdb/freshet/internal/pgerr"
)

// lineEnds is how the lines of COPY data end: all as the first one does, so that a line end that stands for itself is not taken for one, or the other way round.
type lineEnds uint8

const (
	endUnknown lineEnds = iota
	endNewline
	endReturn
	endBoth
)

// sameEnd tells whether the end of a line, at a place of rest, is like those before (CopyReadLineText).
func (c *copyInput) sameEnd(line []byte, at int) error {
	ends := endNewline
	if c.rest[at] == '\r' {
		ends = endReturn
		if c.endLength(at) == 2 {
			ends = endBoth
		}
	}
	switch {
	case c.ends == endUnknown:
		c.ends = ends
	case c.ends == ends:
	case c.ends == endReturn && ends == endBoth: // the first half of it is such an end, the rest a line of its own
		c.line++
		return c.strangeEnd("newline", "n")
	case string(line) == `\.`:
		return pgerr.New(pgerr.BadCopyFileFormat, "end-of-copy marker does not match previous newline style")
	case ends == endNewline:
		return c.strangeEnd("newline", "n")
	default:
		return c.strangeEnd("carriage return", "r")
	}
	return nil
}

// strangeEnd is the error of a line end that is not how lines end.
func (c *copyInput) strangeEnd(name, letter string) error {
	if c.o.format == copyCSV {
		return pgerr.Newf(pgerr.BadCopyFileFormat, "unquoted %s found in data", name).WithHint("Use quoted CSV field to represent %s.", name)
	}
	return pgerr.Newf(pgerr.BadCopyFileFormat, "literal %s found in data", name).WithHint(`Use "\%s" to represent %s.`, letter, name)
}
