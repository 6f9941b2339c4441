package format

import (
	"bytes"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
)

// DecodeMessage appends one row that was delivered by itself, so that it may have line ends inside: a message of a queue, a request's
// body. The batches, as connector.Piece has them, must have room for it. Messages have no header: CSV is then read by position.
func (d *Decoder) DecodeMessage(b, left *batch.Batch, partition string, offset int64, data []byte, report connector.Report) {
	b, left = d.begin(b, left)
	defer d.end()
	var f *fault
	switch d.format.encode {
	case JSON:
		row := bytes.TrimRight(data, " \t\r\n")
		if i := skipSpace(row, 0); i < len(row) {
			_, f = d.jsonRow(b, row, i, false)
		} else {
			f = jsonFault(row, i, "the message is empty")
		}
	case CSV:
		if !d.csv.ready {
			d.csvByPosition()
		}
		_, f = d.csvRow(b, data)
	default:
		f = d.appendLine(b, data)
	}
	chunk := Chunk{Partition: partition, Offset: offset, Data: data}
	if f != nil {
		d.undo(b)
		d.report(report, &chunk, 0, data, f)
		return
	}
	d.finish(b, left, &chunk, 0)
}
