package dataflow

import (
	"errors"

	"github.com/freshetdb/freshet/storage"
)

// logPosition is how far somebody has read a log: all of the epochs before the given one, and some pieces of that.
type logPosition struct {
	epoch  uint64
	pieces int
}

// after is the position behind an epoch.
func after(epoch uint64) logPosition { return logPosition{epoch: epoch + 1} }

// portionBytes bounds what is taken of a log at once. It is copied, so that no iterator is open while a client is slow to take it.
const portionBytes = 4 << 20

// portion is pieces that lie in a row in a log.
type portion struct {
	pieces []loggedPiece
	data   []byte
}

type loggedPiece struct {
	at   moment
	data []byte
}

// read takes the next pieces of a log, of epochs up to the given one, and moves the position behind them. more tells that there are others.
func (p *portion) read(s *storage.Snapshot, log storage.TableID, from *logPosition, upTo uint64) (more bool, err error) {
	p.pieces, p.data = p.pieces[:0], p.data[:0]
	l, err := s.Log(log, from.epoch)
	if err != nil {
		return false, err
	}
	skip, seen := from.pieces, logPosition{epoch: from.epoch}
	for {
		epoch, data, ok, err := l.Next()
		if err != nil || !ok || epoch > upTo {
			if err == nil {
				*from = after(upTo)
			}
			return false, errors.Join(err, l.Close())
		}
		if epoch != seen.epoch {
			seen = logPosition{epoch: epoch}
		}
		if seen.pieces++; epoch == from.epoch && seen.pieces <= skip {
			continue
		}
		now, err := pieceTime(data)
		if err != nil {
			return false, errors.Join(err, l.Close())
		}
		begin := len(p.data)
		p.data = append(p.data, data...) // earlier pieces keep the memory they lie in
		p.pieces = append(p.pieces, loggedPiece{moment{epoch, now}, p.data[begin:]})
		if len(p.data) >= portionBytes {
			*from = seen
			return true, l.Close()
		}
	}
}
