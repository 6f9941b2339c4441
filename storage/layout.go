package storage

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/storage/key"
)

// TableID identifies a state table.
type TableID = key.TableID

// The first byte of every key in the store says what follows (docs/formats.md).
const (
	spaceMeta  = 0x01 // | record's key (package meta)
	spaceTable = 0x02 // | table, 4 bytes | key of the row, which begins with its bound if the table expires
	spaceLog   = 0x03 // | relation, 4 bytes | epoch, 8 bytes | number in the epoch, 4 bytes
	spaceRun   = 0x04 // | epoch, 8 bytes | number in the epoch, 4 bytes
)

// tablePrefixSize is the length of what comes before a row's key.
const tablePrefixSize = 1 + 4

// appendTable appends the prefix of a table's keys.
func appendTable(dst []byte, id TableID) []byte {
	return binary.BigEndian.AppendUint32(append(dst, spaceTable), uint32(id))
}

// appendTableEnd appends the first key behind all of a table.
func appendTableEnd(dst []byte, id TableID) []byte {
	if id == ^TableID(0) {
		return append(dst, spaceTable+1)
	}
	return appendTable(dst, id+1)
}

func appendLog(dst []byte, relation TableID, epoch uint64) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, spaceLog), uint32(relation))
	return binary.BigEndian.AppendUint64(dst, epoch)
}

func appendLogEnd(dst []byte, relation TableID) []byte {
	if relation == ^TableID(0) {
		return append(dst, spaceLog+1)
	}
	return appendLog(dst, relation+1, 0)
}

// appendExpiredEnd appends the first key of a table that has not expired; all is true if every key has.
func appendExpiredEnd(dst []byte, id TableID, expired int64) (_ []byte, all bool) {
	if expired+1 < expired {
		return appendTableEnd(dst, id), true
	}
	return key.AppendBound(appendTable(dst, id), expired+1), false
}

func appendRunKey(dst []byte, epoch uint64, number uint32) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, spaceRun), epoch)
	return binary.BigEndian.AppendUint32(dst, number)
}
