package file

import (
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/sql/batch"
)

// piece is a run of whole rows in memory. It keeps its buffer when it is released.
type piece struct {
	reader  *reader // whose pool it is from
	decoder *format.Decoder
	buffer  []byte
	chunk   format.Chunk
	done    int
	end     place
	notices []connector.RowError
}

func (p *piece) End() connector.Offset { return p.end.append(nil) }

func (p *piece) Size() (rows, bytes int) { return 0, len(p.chunk.Data) }

func (p *piece) Decode(b *batch.Batch, report connector.Report) (bool, error) {
	for _, n := range p.notices {
		if report != nil {
			report(n)
		}
	}
	p.notices = nil
	rest := p.chunk
	rest.Data = rest.Data[p.done:]
	rest.Offset += int64(p.done)
	p.done += p.decoder.Decode(b, rest, report)
	return p.done < len(p.chunk.Data), nil
}

// maxKept is how large a buffer may be that is kept: a few long rows must not hold memory for ever.
const maxKept = 4 * pieceSize

func (p *piece) Release() {
	if cap(p.buffer) > maxKept {
		p.buffer = nil
	}
	p.chunk = format.Chunk{}
	p.reader.pieces.Put(p)
}
