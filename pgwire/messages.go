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
	bind     bindMessage
	describe pgproto3.Describe
	execute  executeMessage
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
		if !m.bind.decode(body) {
			return errMessageFormat
		}
		return nil
	case 'E':
		if !m.execute.decode(body) {
			return errMessageFormat
		}
		return nil
	case 'D':
		message, wellFormed = &m.describe, namesObject(body)
	case 'C':
		message, wellFormed = &m.close, namesObject(body)
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

// bindMessage is a Bind message. Its parts but the names are borrowed, and their slices are used again: pgproto3 makes them anew.
type bindMessage struct {
	portal, statement           string
	paramFormats, resultFormats []int16
	params                      [][]byte // nil is null
}

func (m *bindMessage) decode(body []byte) (ok bool) {
	f := fields{rest: body, ok: true}
	f.name(&m.portal)
	f.name(&m.statement)
	m.paramFormats = f.int16s(m.paramFormats[:0])
	m.params = m.params[:0]
	for n := f.uint16(); n > 0 && f.ok; n-- {
		var value []byte
		if size := f.int32(); size != -1 {
			value = f.bytes(size)
		}
		m.params = append(m.params, value)
	}
	m.resultFormats = f.int16s(m.resultFormats[:0])
	return f.ok && len(f.rest) == 0
}

// executeMessage is an Execute message.
type executeMessage struct {
	portal  string
	maxRows int32
}

func (m *executeMessage) decode(body []byte) (ok bool) {
	f := fields{rest: body, ok: true}
	f.name(&m.portal)
	m.maxRows = int32(f.int32())
	return f.ok && len(f.rest) == 0
}

// fields reads the fields of a message and remembers whether they were all there.
type fields struct {
	rest []byte
	ok   bool
}

func (f *fields) text() []byte {
	i := bytes.IndexByte(f.rest, 0)
	if i < 0 {
		f.ok = false
		return nil
	}
	text := f.rest[:i]
	f.rest = f.rest[i+1:]
	return text
}

// name reads a text that is often the one of the message before.
func (f *fields) name(s *string) {
	if text := f.text(); *s != string(text) {
		*s = string(text)
	}
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

// int16s appends as many numbers as the one before them says.
func (f *fields) int16s(dst []int16) []int16 {
	for n := f.uint16(); n > 0 && f.ok; n-- {
		dst = append(dst, int16(f.uint16()))
	}
	return dst
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

// bytes are the next n bytes, never nil.
func (f *fields) bytes(n int) []byte {
	if n < 0 || n > len(f.rest) {
		f.ok = false
		return f.rest[:0:0]
	}
	value := f.rest[:n:n]
	f.rest = f.rest[n:]
	return value
}

func parseIsWellFormed(body []byte) bool {
	f := fields{rest: body, ok: true}
	f.text()
	f.text()
	f.bytes(4 * f.uint16())
	return f.ok && len(f.rest) == 0
}
