package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
)

// wireClient speaks as much of PostgreSQL's protocol as it takes to ask and to measure: what it costs must not be a driver's.
type wireClient struct {
	conn io.ReadWriteCloser
	in   *bufio.Reader
	out  []byte
	body []byte
	// row is the first value of the last row of an answer, rows how many there were.
	row  []byte
	rows int
	// line, if not nil, gets each line of COPY, which is borrowed.
	line func(line []byte)
}

// dial connects to a host and port, or to a Unix-domain socket by its path.
func dial(ctx context.Context, address string) (*wireClient, error) {
	network := "tcp"
	if filepath.IsAbs(address) {
		network = "unix"
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &wireClient{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}
	const version = 3 << 16
	start := binary.BigEndian.AppendUint32(make([]byte, 4), version)
	start = append(start, "user\x00freshet\x00database\x00freshet\x00\x00"...)
	binary.BigEndian.PutUint32(start, uint32(len(start)))
	if _, err := conn.Write(start); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := c.answer(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

// message appends a message to those that are sent with the next flush.
func (c *wireClient) message(kind byte, parts ...string) {
	c.out = append(c.out, kind)
	at := len(c.out)
	c.out = append(c.out, 0, 0, 0, 0)
	for _, p := range parts {
		c.out = append(c.out, p...)
	}
	binary.BigEndian.PutUint32(c.out[at:], uint32(len(c.out)-at))
}

// send sends what was appended.
func (c *wireClient) send() error {
	_, err := c.conn.Write(c.out)
	c.out = c.out[:0]
	return err
}

// flush sends what was appended, and reads the answer.
func (c *wireClient) flush() error {
	if err := c.send(); err != nil {
		return err
	}
	return c.answer()
}

// query runs a text of the simple protocol.
func (c *wireClient) query(sql string) error {
	c.message('Q', sql, "\x00")
	return c.flush()
}

// prepare makes the statement that run runs.
func (c *wireClient) prepare(sql string) error {
	c.message('P', "s\x00", sql, "\x00\x00\x00")
	c.message('S')
	return c.flush()
}

// run appends what runs it with one parameter, as text.
func (c *wireClient) run(param string) {
	size := string(binary.BigEndian.AppendUint32(nil, uint32(len(param))))
	c.message('B', "\x00s\x00\x00\x00\x00\x01", size, param, "\x00\x00")
	c.message('E', "\x00\x00\x00\x00\x00")
	c.message('S')
}

// answer reads until the server is ready for more.
func (c *wireClient) answer() error {
	var failed error
	c.row, c.rows = c.row[:0], 0
	for {
		c.takeRows()
		kind, err := c.next()
		if err != nil {
			return errors.Join(failed, err)
		}
		switch kind {
		case 'Z':
			return failed
		case 'E':
			failed = serverError(c.body)
		case 'd':
			c.rows++
			if c.line != nil {
				c.line(c.body)
			}
		case 'D':
			c.rows++
			c.row = append(c.row[:0], firstValue(c.body)...)
		}
	}
}

// takeRows counts the rows that have arrived whole, of which results of millions are made, and keeps the last one: it shares the
// machine with the server, and so takes no more than any client must.
func (c *wireClient) takeRows() {
	all, _ := c.in.Peek(c.in.Buffered()) // what is buffered is there
	rest, last := all, []byte(nil)
	for len(rest) >= 5 && (rest[0] == 'D' || rest[0] == 'd' && c.line == nil) {
		size := 1 + int(binary.BigEndian.Uint32(rest[1:]))
		if size < 5 || size > len(rest) {
			break
		}
		if rest[0] == 'D' {
			last = rest[5:size]
		}
		rest = rest[size:]
		c.rows++
	}
	if last != nil {
		c.row = append(c.row[:0], firstValue(last)...)
	}
	_, _ = c.in.Discard(len(all) - len(rest)) // as before
}

// next reads a message into body.
func (c *wireClient) next() (kind byte, err error) {
	head, err := c.in.Peek(5)
	if err != nil {
		return 0, err
	}
	kind = head[0]
	size := int(binary.BigEndian.Uint32(head[1:])) - 4
	if size < 0 || size > 1<<24 {
		return 0, fmt.Errorf("a message of %d bytes", size)
	}
	if _, err := c.in.Discard(5); err != nil {
		return 0, err
	}
	if cap(c.body) < size {
		c.body = make([]byte, size)
	}
	c.body = c.body[:size]
	_, err = io.ReadFull(c.in, c.body)
	return kind, err
}

// expect reads a message that is to be of a kind; an error of the server is its error.
func (c *wireClient) expect(want byte) error {
	kind, err := c.next()
	switch {
	case err != nil:
		return err
	case kind == 'E':
		return serverError(c.body)
	case kind != want:
		return fmt.Errorf("got message %q, want %q", kind, want)
	}
	return nil
}

// serverError is the text of an ErrorResponse.
func serverError(body []byte) error {
	for field := range bytes.SplitSeq(body, []byte{0}) {
		if len(field) > 0 && field[0] == 'M' {
			return errors.New(string(field[1:]))
		}
	}
	return errors.New("an error without a message")
}

// firstValue is the first value of a DataRow; nothing if it is null.
func firstValue(body []byte) []byte {
	if len(body) < 6 {
		return nil
	}
	size := int(int32(binary.BigEndian.Uint32(body[2:])))
	if size < 0 || 6+size > len(body) {
		return nil
	}
	return body[6 : 6+size]
}

func (c *wireClient) close() error { return c.conn.Close() }
