package pgwire

import "encoding/binary"

// Brief is the power of a [Portal] to say that running it takes microseconds and waits for nobody: the read of a row by its key. Clients whose
// statements all are so are served by an event loop; a Portal without it is not brief.
type Brief interface {
	// Brief tells whether the next Run is so. It is asked before each.
	Brief() bool
}

// briefRow is after how many brief commands in a row a client is handed to an event loop. It pays off after two or three more.
const briefRow = 8

// restAfterSlow is how many more it takes after one that was not brief in spite of what its portal had said.
const restAfterSlow = 256

// slowAgainWithin is of how many turns in a loop two have to be slow until the client leaves it. One may be: a thread that has lost its processor to
// another one for a few milliseconds cannot be told from one that has read a page from the disk.
const slowAgainWithin = 64

// briefness counts how many commands in a row were brief.
type briefness struct {
	row  int
	long bool // something since the last Sync was not
	// sinceSlow counts the turns in a loop since the last one that was slow; slowAgainWithin if none was lately.
	sinceSlow int
}

// note takes notice of a message before it is handled.
func (b *briefness) note(kind byte, brief bool) {
	b.long = b.long || !brief
	if kind != 'S' {
		return
	}
	b.row = min(b.row+1, briefRow)
	if b.long {
		b.row, b.long = min(b.row, 0), false
	}
}

// rest keeps the client out of loops for a while.
func (b *briefness) rest() { b.row = -restAfterSlow }

// join takes notice of a loop that has the connection from now on.
func (b *briefness) join() { b.sinceSlow = slowAgainWithin }

// turn takes notice of what a loop has done for the client, and tells whether the loop is to go on with it.
func (b *briefness) turn(slow bool) (stays bool) {
	if !slow {
		b.sinceSlow = min(b.sinceSlow+1, slowAgainWithin)
		return true
	}
	if b.sinceSlow >= slowAgainWithin {
		b.sinceSlow = 0
		return true
	}
	b.rest()
	return false
}

// isBrief tells whether a message is handled in microseconds.
func (c *conn) isBrief(kind byte, body []byte) bool {
	switch kind {
	case 'B', 'D', 'C', 'H', 'S':
		return true
	case 'E':
		return c.executesBrief(body)
	default:
		return false
	}
}

// executesBrief tells whether an Execute message runs a brief portal to its end.
func (c *conn) executesBrief(body []byte) bool {
	end := len(body) - 5 // of the name, before a zero and the limit of rows
	if end < 0 || binary.BigEndian.Uint32(body[end+1:]) != 0 {
		return false
	}
	p := c.portals.find(string(body[:end]))
	if p == nil || p.done || p.next != nil {
		return false
	}
	brief, ok := p.handler.(Brief)
	return ok && brief.Brief()
}
