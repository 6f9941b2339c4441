package file

import (
	"bytes"
	"io"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
)

// piece is a run of whole rows: in memory, or, if its file is not nil, still to be read by whoever decodes it.
type piece struct {
	reader *reader // whose pool it is from
	// buffer has the rows of a piece in memory. It is kept when the piece is released.
	buffer []byte
	chunk  format.Chunk // what is in memory, of it done bytes are decoded
	done   int
	end    place
	// file has the unread bytes that go on behind the chunk.
	file    *handle
	at      int64 // of the file: where the unread bytes begin
	unread  int
	work    *workspace
	notices []connector.RowError
}

// workspace is what decoding a piece needs. It goes from piece to piece.
type workspace struct {
	decoder *format.Decoder
	block   []byte
}

// blockSize is how much of a piece is read at once. It stays in a core's cache until it is decoded.
const blockSize = 128 << 10

func (p *piece) End() connector.Offset { return p.end.append(nil) }

func (p *piece) Size() (rows, bytes int) { return 0, len(p.chunk.Data) + p.unread }

func (p *piece) Unread() bool { return p.unread > 0 }

func (p *piece) Decode(b, left *batch.Batch, report connector.Report) (bool, error) {
	for _, n := range p.notices {
		if report != nil {
			report(n)
		}
	}
	p.notices = nil
	if p.work == nil {
		p.work = p.reader.spaces.Get()
		if p.work.decoder == nil {
			p.work.decoder = p.reader.source.format.Decoder(p.reader.start)
		}
	}
	for {
		if p.done == len(p.chunk.Data) && p.unread > 0 {
			if err := p.read(); err != nil {
				return false, err
			}
		}
		rest := p.chunk
		rest.Data = rest.Data[p.done:]
		rest.Offset += int64(p.done)
		p.done += p.work.decoder.Decode(b, left, rest, report)
		switch {
		case p.done < len(p.chunk.Data):
			return true, nil
		case p.unread == 0:
			return false, nil
		case b.Len() >= batch.Rows || left != nil && left.Len() >= batch.Rows:
			return true, nil
		}
	}
}

// read makes the chunk the next whole rows of the file. The piece ends with a line end.
func (p *piece) read() error {
	p.chunk.Offset += int64(len(p.chunk.Data))
	size := min(p.unread, blockSize)
	for {
		if cap(p.work.block) < size {
			p.work.block = make([]byte, size)
		}
		block := p.work.block[:size]
		if n, err := p.file.f.ReadAt(block, p.at); n < size {
			if err == io.EOF {
				return pgerr.Newf(pgerr.IOError, "file %q was truncated while it was read", p.reader.path)
			}
			return ioError(p.reader.path, err)
		}
		end := size
		if size < p.unread {
			end = bytes.LastIndexByte(block, '\n') + 1
		}
		if end == 0 { // a long row
			size = min(p.unread, 2*size)
			continue
		}
		p.chunk.Data, p.done = block[:end], 0
		p.at += int64(end)
		p.unread -= end
		return nil
	}
}

// maxKept is how large a buffer may be that is kept: a few long rows must not hold memory for ever.
const maxKept = 4 * pieceSize

func (p *piece) Release() {
	if p.file != nil {
		_ = p.file.letGo() // it was only read from
		p.file = nil
	}
	if p.work != nil {
		if cap(p.work.block) > maxKept {
			p.work.block = nil
		}
		p.reader.spaces.Put(p.work)
		p.work = nil
	}
	if cap(p.buffer) > maxKept {
		p.buffer = nil
	}
	p.chunk, p.unread = format.Chunk{}, 0
	p.reader.pieces.Put(p)
}
