package pgwire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/freshetdb/freshet/internal/pgerr"
)

const giga = 1 << 30

func anyLength(byte) (int, error) { return giga, nil }

// announce is the header of a message with n bytes.
func announce(kind byte, n int) []byte {
	return binary.BigEndian.AppendUint32([]byte{kind}, uint32(n+4))
}

// TestReaderGrowsWithWhatArrives has a client announce a gigabyte.
func TestReaderGrowsWithWhatArrives(t *testing.T) {
	for _, arrived := range []int{0, 10, readBufferBytes, 1 << 20} {
		r := newReader(bytes.NewReader(append(announce('Q', giga-4), make([]byte, arrived)...)))
		if _, _, err := r.message(anyLength); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: %v, want an unexpected EOF", arrived, err)
		}
		if most := max(readBufferBytes, 2*(arrived+headerBytes)); len(r.buf) > most {
			t.Errorf("%d bytes have arrived, and the buffer has %d", arrived, len(r.buf))
		}
	}
}

// TestReaderCutsAnywhere reads the same messages however the bytes come in, long ones among them.
func TestReaderCutsAnywhere(t *testing.T) {
	var stream []byte
	sizes := []int{0, 1, 100, readBufferBytes - 5, readBufferBytes, 3 * readBufferKeep, 7, 0, readBufferBytes + 1}
	for i, n := range sizes {
		stream = append(stream, announce('d', n)...)
		stream = append(stream, bytes.Repeat([]byte{byte(i)}, n)...)
	}
	for name, source := range map[string]io.Reader{
		"whole": bytes.NewReader(stream), "one byte": iotest.OneByteReader(bytes.NewReader(stream)),
		"half": iotest.HalfReader(bytes.NewReader(stream)), "with EOF": iotest.DataErrReader(bytes.NewReader(stream)),
	} {
		r := newReader(source)
		for i, n := range sizes {
			kind, body, err := r.message(anyLength)
			if err != nil || kind != 'd' || !bytes.Equal(body, bytes.Repeat([]byte{byte(i)}, n)) {
				t.Fatalf("%s: message %d: type %q, %d bytes, %v", name, i, kind, len(body), err)
			}
		}
		if _, _, err := r.message(anyLength); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the last message: %v", name, err)
		}
		if len(r.buf) > readBufferKeep {
			t.Errorf("%s: a long message's buffer of %d bytes is kept", name, len(r.buf))
		}
	}
}

// TestReaderSurvivesErrors has every other read fail, as a deadline makes it.
func TestReaderSurvivesErrors(t *testing.T) {
	stream := append(announce('Q', 5), "hello"...)
	r := newReader(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(stream))))
	_, _, err := r.message(anyLength)
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Fatalf("first: %v, want the timeout", err)
	}
	_, body, err := r.message(anyLength)
	if err != nil || string(body) != "hello" {
		t.Errorf("second: %q, %v", body, err)
	}
}

func TestMessageLengths(t *testing.T) {
	const most = 1 << 20
	for _, c := range []struct {
		header []byte
		want   pgerr.Code
	}{
		{announce('Q', most+1), pgerr.ProtocolViolation},
		{announce('E', smallMessageBytes+1), pgerr.ProtocolViolation},
		{[]byte{'Q', 0, 0, 0, 3}, pgerr.ProtocolViolation},
		{[]byte{'Q', 0xff, 0xff, 0xff, 0xff}, pgerr.ProtocolViolation},
		{[]byte{'!', 0, 0, 0, 4}, pgerr.ProtocolViolation},
	} {
		r := newReader(bytes.NewReader(c.header))
		_, _, err := r.message(func(kind byte) (int, error) { return messageLimit(kind, most) })
		if pgerr.CodeOf(err) != c.want {
			t.Errorf("% x: %v, want %s", c.header, err, c.want)
		}
	}
}

// TestMalformedMessages are bodies that pgproto3 alone would accept, or fall over.
func TestMalformedMessages(t *testing.T) {
	for _, c := range []struct {
		kind byte
		body string
	}{
		{'Q', ""},
		{'Q', "SELECT"},
		{'Q', "a\x00b\x00"},
		{'Q', "a\x00b"},
		{'P', ""},
		{'P', "s\x00"},
		{'P', "\x00SELECT 1\x00"},
		{'P', "\x00\x00\x00\x01"},
		{'P', "\x00\x00\x00\x00x"},
		{'P', "\x00\x00\xff\xff"},
		{'B', ""},
		{'B', "\x00\x00\x00\x00\x00\x01\xff\xff\xff\xfe\x00\x00"}, // a length of -2
		{'B', "\x00\x00\x00\x00\x00\x01\x7f\xff\xff\xff\x00\x00"},
		{'B', "\x00\x00\xff\xff"},
		{'B', "\x00\x00\x00\x00\x00\x00\x00\x00x"},
		{'B', "\x00\x00\x00\x00\xff\xff"},
		{'B', "\x00\x00\x00\x00\x00\x00\xff\xff"},
		{'D', ""},
		{'D', "S"},
		{'D', "X\x00"},
		{'D', "Sa"},
		{'D', "Sa\x00b\x00"},
		{'C', "Q\x00"},
		{'E', "\x00"},
		{'E', "\x00\x00\x00\x00\x00\x00"},
		{'E', "p\x00\x00\x00\x00"},
		{'E', "pqrst"},
		{'f', ""},
		{'f', "x"},
		{'S', "x"},
		{'H', "x"},
		{'c', "x"},
		{'X', "x"},
	} {
		var m messages
		if err := m.decode(c.kind, []byte(c.body)); pgerr.CodeOf(err) != pgerr.ProtocolViolation {
			t.Errorf("%q with body %q: %v, want %s", c.kind, c.body, err, pgerr.ProtocolViolation)
		}
	}
}
