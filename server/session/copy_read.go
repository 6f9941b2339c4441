package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
)

// copyInput cuts what a client sends into rows.
type copyInput struct {
	in   pgwire.CopyReader
	o    *copyOptions
	rest []byte // has been read and not used
	from int    // where in rest the next row begins
	end  bool
	ends lineEnds
	// line counts lines from 1, as errors name them.
	line int

	fields []copyField
	// row is what the fields are parts of: buf, or the line itself where all that it has means itself.
	row, buf []byte
	// backslash and carriage find what a line without escapes has none of.
	backslash, carriage finder
	// current is the row that was read last, for errors; borrowed as that is.
	current []byte
}

// copyField is a field of a row: its text, unless it is null.
type copyField struct {
	from, to int // in copyInput.row
	null     bool
	quoted   bool
}

func (c *copyInput) text(f copyField) []byte { return c.row[f.from:f.to] }

// finder knows where the next of some byte lies, so that not each line is searched for it.
type finder struct{ at int }

// next is where the next byte b of data lies, from a place on that only grows; len(data) if there is none.
func (f *finder) next(b byte, data []byte, from int) int {
	if f.at < from {
		if f.at = bytes.IndexByte(data[from:], b); f.at < 0 {
			f.at = len(data)
		} else {
			f.at += from
		}
	}
	return f.at
}

// more reads on. It answers false at the end.
func (c *copyInput) more() (bool, error) {
	if c.end {
		return false, nil
	}
	data, err := c.in.Next()
	if errors.Is(err, io.EOF) {
		c.end = true
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if c.from > 0 {
		c.rest = append(c.rest[:0], c.rest[c.from:]...)
		c.from = 0
	}
	c.rest = append(c.rest, data...)
	c.backslash.at, c.carriage.at = -1, -1
	return true, nil
}

// maxLine is the longest line that is taken, in bytes.
const maxLine = 1<<30 - 1

// next splits the next row of text or CSV into its fields; ok is false at the end.
func (c *copyInput) next() (ok bool, err error) {
	c.line++
	c.buf, c.fields = c.buf[:0], c.fields[:0]
	if line := c.plainLine(); line != nil {
		c.current = line
		c.splitPlain(line)
		return true, nil
	}
	line, ok, err := c.readLine()
	if err != nil || !ok {
		return false, err
	}
	c.current = line
	if bytes.Equal(line, []byte(`\.`)) { // psql ends the data so
		c.end, c.rest, c.from = true, nil, 0
		for { // what comes after it means nothing
			if _, err := c.in.Next(); err != nil {
				if errors.Is(err, io.EOF) {
					return false, nil
				}
				return false, err
			}
		}
	}
	if c.o.format == copyCSV {
		err = c.splitCSV(line)
	} else {
		err = c.splitText(line)
	}
	c.row = c.buf
	return true, err
}

// plainLine takes the next line off without its end if it is there as a whole and has only characters that mean themselves, as nearly all
// have; else it answers nil and takes nothing.
func (c *copyInput) plainLine() []byte {
	if c.o.format != copyText || c.ends > endNewline {
		return nil
	}
	rest := c.rest[c.from:]
	n := bytes.IndexByte(rest, '\n')
	if end := c.from + n; n <= 0 || c.backslash.next('\\', c.rest, c.from) < end || c.carriage.next('\r', c.rest, c.from) < end {
		return nil
	}
	c.from += n + 1
	c.ends = endNewline
	return rest[:n:n]
}

// splitPlain splits a line without escapes.
func (c *copyInput) splitPlain(line []byte) {
	c.row = line
	for from := 0; ; {
		to := len(line)
		if n := bytes.IndexByte(line[from:], c.o.delimiter); n >= 0 {
			to = from + n
		}
		c.fields = append(c.fields, copyField{from: from, to: to, null: string(line[from:to]) == c.o.null})
		if to == len(line) {
			return
		}
		from = to + 1
	}
}

// readLine returns the next line without its end, borrowed until the next call. A line of CSV may have line ends in quotes.
func (c *copyInput) readLine() (line []byte, ok bool, err error) {
	scan := c.from
	quoted := false
	for {
		at := c.lineEnd(&scan, &quoted)
		if at >= 0 {
			line = c.rest[c.from:at]
			if err := c.sameEnd(line, at); err != nil {
				return nil, false, err
			}
			c.from = at + c.endLength(at)
			return line, true, nil
		}
		if len(c.rest)-c.from > maxLine {
			return nil, false, pgerr.Newf(pgerr.ProgramLimitExceeded, "a line of COPY data is longer than %d bytes", maxLine)
		}
		scan -= c.from
		more, err := c.more()
		if err != nil {
			return nil, false, err
		}
		scan += c.from
		if !more {
			if c.from == len(c.rest) {
				return nil, false, nil
			}
			if quoted {
				return nil, false, pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
			}
			line = c.rest[c.from:]
			if last := len(line) - 1; line[last] == '\r' {
				line = line[:last]
				if err := c.sameEnd(line, c.from+last); err != nil {
					return nil, false, err
				}
			}
			c.from = len(c.rest)
			return line, true, nil
		}
	}
}

// lineEnd finds the end of a line from scan on; -1 if it is not there yet. scan is then where to go on.
func (c *copyInput) lineEnd(scan *int, quoted *bool) int {
	for i := *scan; i < len(c.rest); i++ {
		b := c.rest[i]
		switch {
		case c.o.format == copyCSV && b == c.o.quote && c.o.quote == c.o.escape:
			*quoted = !*quoted
		case c.o.format == copyCSV && *quoted && b == c.o.escape && i+1 < len(c.rest):
			i++
		case c.o.format == copyCSV && b == c.o.quote:
			*quoted = !*quoted
		case c.o.format == copyText && b == '\\':
			if i+1 == len(c.rest) {
				*scan = i
				return -1
			}
			if c.rest[i+1] != '\r' {
				i++
			}
		case b == '\n' && *quoted:
			c.line++ // it is a line of the file nevertheless
		case b == '\n':
			return i
		case b == '\r' && !*quoted:
			if i+1 == len(c.rest) && !c.end { // is a \n behind it?
				*scan = i
				return -1
			}
			return i
		}
	}
	*scan = len(c.rest)
	return -1
}

func (c *copyInput) endLength(at int) int {
	if c.rest[at] == '\r' && at+1 < len(c.rest) && c.rest[at+1] == '\n' {
		return 2
	}
	return 1
}

// splitText takes the escapes of the text format out (CopyReadAttributesText).
func (c *copyInput) splitText(line []byte) error {
	begin, from := 0, 0
	flush := func(to int) {
		c.fields = append(c.fields, copyField{from: from, to: len(c.buf), null: string(line[begin:to]) == c.o.null})
		from = len(c.buf)
	}
	for i := 0; i < len(line); i++ {
		b := line[i]
		switch {
		case b == c.o.delimiter:
			flush(i)
			begin = i + 1
		case b == '\\' && i+1 < len(line):
			i += c.unescape(line[i+1:])
		default:
			c.buf = append(c.buf, b)
		}
	}
	flush(len(line))
	return nil
}

// unescape appends what stands behind a backslash, and returns how long it is.
func (c *copyInput) unescape(s []byte) int {
	switch b := s[0]; {
	case b >= '0' && b <= '7':
		n, used := 0, 0
		for used < 3 && used < len(s) && s[used] >= '0' && s[used] <= '7' {
			n = n*8 + int(s[used]-'0')
			used++
		}
		c.buf = append(c.buf, byte(n))
		return used
	case b == 'x':
		n, used := 0, 1
		for used < 3 && used < len(s) && hexDigit(s[used]) >= 0 {
			n = n*16 + hexDigit(s[used])
			used++
		}
		if used == 1 {
			c.buf = append(c.buf, 'x')
			return 1
		}
		c.buf = append(c.buf, byte(n))
		return used
	default:
		for i, letter := range []byte("bfnrtv") {
			if b == letter {
				b = "\b\f\n\r\t\v"[i]
				break
			}
		}
		c.buf = append(c.buf, b)
		return 1
	}
}

func hexDigit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10
	case b >= 'A' && b <= 'F':
		return int(b-'A') + 10
	default:
		return -1
	}
}

// splitCSV takes the quotes of CSV out (CopyReadAttributesCSV).
func (c *copyInput) splitCSV(line []byte) error {
	i := 0
	for {
		f := copyField{from: len(c.buf)}
		begin := i
		for i < len(line) && line[i] != c.o.delimiter {
			if line[i] != c.o.quote {
				c.buf = append(c.buf, line[i])
				i++
				continue
			}
			f.quoted = true
			i++
			for {
				if i >= len(line) {
					return pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
				}
				if line[i] == c.o.escape && i+1 < len(line) && (line[i+1] == c.o.escape || line[i+1] == c.o.quote) {
					c.buf = append(c.buf, line[i+1])
					i += 2
					continue
				}
				if line[i] == c.o.quote {
					i++
					break
				}
				c.buf = append(c.buf, line[i])
				i++
			}
		}
		f.to = len(c.buf)
		f.null = !f.quoted && string(line[begin:i]) == c.o.null
		c.fields = append(c.fields, f)
		if i >= len(line) {
			return nil
		}
		i++ // the delimiter
	}
}

// binarySignature begins a file of the binary format.
var binarySignature = []byte("PGCOPY\n\xff\r\n\x00")

// take returns n bytes, borrowed until the next call.
func (c *copyInput) take(n int) ([]byte, error) {
	for len(c.rest)-c.from < n {
		more, err := c.more()
		if err != nil {
			return nil, err
		}
		if !more {
			return nil, pgerr.New(pgerr.BadCopyFileFormat, "unexpected EOF in COPY data")
		}
	}
	b := c.rest[c.from : c.from+n]
	c.from += n
	return b, nil
}

// binaryHeader reads what a file of the binary format begins with.
func (c *copyInput) binaryHeader() error {
	b, err := c.take(len(binarySignature))
	if err != nil || !bytes.Equal(b, binarySignature) {
		return errors.Join(err, pgerr.New(pgerr.BadCopyFileFormat, "COPY file signature not recognized"))
	}
	head, err := c.take(8)
	if err != nil {
		return pgerr.New(pgerr.BadCopyFileFormat, "invalid COPY file header (missing flags)")
	}
	flags, extension := binary.BigEndian.Uint32(head), binary.BigEndian.Uint32(head[4:])
	if flags&(1<<16) != 0 {
		return pgerr.New(pgerr.BadCopyFileFormat, "invalid COPY file header (WITH OIDS)")
	}
	if flags>>16 != 0 {
		return pgerr.New(pgerr.BadCopyFileFormat, "unrecognized critical flags in COPY file header")
	}
	if extension > maxLine {
		return pgerr.New(pgerr.BadCopyFileFormat, "invalid COPY file header (wrong length)")
	}
	_, err = c.take(int(extension))
	return err
}

// nextBinary reads the next row of the binary format; ok is false at the end.
func (c *copyInput) nextBinary(columns int) (ok bool, err error) {
	c.line++
	c.buf, c.fields = c.buf[:0], c.fields[:0]
	head, err := c.take(2)
	if err != nil {
		return false, err
	}
	count := int(int16(binary.BigEndian.Uint16(head)))
	if count == -1 {
		if c.from < len(c.rest) {
			return false, pgerr.New(pgerr.BadCopyFileFormat, "received copy data after EOF marker")
		}
		return false, nil
	}
	if count != columns {
		return false, pgerr.Newf(pgerr.BadCopyFileFormat, "row field count is %d, expected %d", count, columns)
	}
	for range count {
		head, err := c.take(4)
		if err != nil {
			return false, err
		}
		size := int32(binary.BigEndian.Uint32(head))
		if size == -1 {
			c.fields = append(c.fields, copyField{null: true})
			continue
		}
		if size < 0 {
			return false, pgerr.New(pgerr.BadCopyFileFormat, "invalid field size")
		}
		b, err := c.take(int(size))
		if err != nil {
			return false, err
		}
		from := len(c.buf)
		c.buf = append(c.buf, b...)
		c.fields = append(c.fields, copyField{from: from, to: len(c.buf)})
	}
	c.row = c.buf
	return true, nil
}
