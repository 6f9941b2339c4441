package pgwire

import (
	"bytes"
	"encoding/binary"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// smallMessageBytes is the limit for messages that are small by nature (PQ_SMALL_MESSAGE_LIMIT in PostgreSQL's libpq.h).
const smallMessageBytes = 10_000

var (
	errMessageLength = pgerr.New(pgerr.ProtocolViolation, "invalid message length")
	errMessageFormat = pgerr.New(pgerr.ProtocolViolation, "invalid message format")
)

// messageLimit is the longest body that a message of a type may have when the largest are limited to most bytes.
func messageLimit(kind byte, most int) (int, error) {
	switch kind {
	case 'Q', 'P', 'B', 'd', 'F':
		return most, nil
	case 'C', 'D', 'E', 'H', 'S', 'X', 'c', 'f':
		return min(smallMessageBytes, most), nil
	default:
		return 0, pgerr.Newf(pgerr.ProtocolViolation, "invalid frontend message type %d", kind)
	}
}

// messages holds one value of each message that has a body, so that receiving one allocates only its parts.
type messages struct {
	query    pgproto3.Query
	parse    pgproto3.Parse
	bind     pgproto3.Bind
	describe pgproto3.Describe
	execute  pgproto3.Execute
	close    pgproto3.Close
	copyFail pgproto3.CopyFail
}

// decode fills the message of a type with a body, which it borrows. What pgproto3 takes for granted is checked here first: it
// slices by lengths that it has read, and ignores what follows the last field. CopyData is its body, and FunctionCall is refused
// whatever it says.
func (m *messages) decode(kind byte, body []byte) error {
	var message pgproto3.FrontendMessage
	var wellFormed bool
	switch kind {
	case 'Q':
		message, wellFormed = &m.query, len(body) > 0
	case 'P':
		message, wellFormed = &m.parse, parseIsWellFormed(body)
	case 'B':
		message, wellFormed = &m.bind, bindIsWellFormed(body)
	case 'D':
		message, wellFormed = &m.describe, namesObject(body)
	case 'C':
		message, wellFormed = &m.close, namesObject(body)
	case 'E':
		message, wellFormed = &m.execute, len(body) >= 5 && bytes.IndexByte(body, 0) == len(body)-5
	case 'f':
		message, wellFormed = &m.copyFail, len(body) > 0
	case 'S', 'H', 'c', 'X':
		if len(body) > 0 {
			return errMessageFormat
		}
		return nil
	default:
		return nil
	}
	if !wellFormed || message.Decode(body) != nil {
		return errMessageFormat
	}
	return nil
}

// namesObject tells whether a Describe or Close names a statement or a portal.
func namesObject(body []byte) bool { return len(body) >= 2 && (body[0] == 'S' || body[0] == 'P') }

// fields reads the fields of a message and remembers whether they were all there.
type fields struct {
	rest []byte
	ok   bool
}

func (f *fields) text() {
	i := bytes.IndexByte(f.rest, 0)
	if i < 0 {
		f.ok = false
		return
	}
	f.rest = f.rest[i+1:]
}

func (f *fields) uint16() int {
	if len(f.rest) < 2 {
		f.ok = false
		return 0
	}
	n := binary.BigEndian.Uint16(f.rest)
	f.rest = f.rest[2:]
	return int(n)
}

func (f *fields) int32() int {
	if len(f.rest) < 4 {
		f.ok = false
		return 0
	}
	n := int32(binary.BigEndian.Uint32(f.rest))
	f.rest = f.rest[4:]
	return int(n)
}

func (f *fields) skip(n int) {
	if n < 0 || n > len(f.rest) {
		f.ok = false
		return
	}
	f.rest = f.rest[n:]
}

func parseIsWellFormed(body []byte) bool {
	f := fields{rest: body, ok: true}
	f.text()
	f.text()
	f.skip(4 * f.uint16())
	return f.ok && len(f.rest) == 0
}

func bindIsWellFormed(body []byte) bool {
	f := fields{rest: body, ok: true}
	f.text()
	f.text()
	f.skip(2 * f.uint16())
	for n := f.uint16(); n > 0 && f.ok; n-- {
		if size := f.int32(); size != -1 {
			f.skip(size)
		}
	}
	f.skip(2 * f.uint16())
	return f.ok && len(f.rest) == 0
}
