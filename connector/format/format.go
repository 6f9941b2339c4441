// Package format turns the bytes of sources into columns, and columns into bytes for sinks: JSON, CSV, TEXT and BYTES.
//
// A [Format] is what ENCODE says, checked against the columns of a relation. A [Splitter] finds the ends of rows in a stream of
// bytes, and a [Decoder] makes columns of rows: only of the columns that are wanted, and reading no more of a row than it must. So what
// is wrong with a row behind the last wanted value, or in a value that nobody asked for, is not noticed.
package format

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
)

// The names after ENCODE.
const (
	JSON  = "JSON"
	CSV   = "CSV"
	Text  = "TEXT"
	Bytes = "BYTES"
)

// Encodes are all of them, the default first.
var Encodes = []string{JSON, CSV, Text, Bytes}

// options are the tables of what each encoding takes in parentheses.
var options = map[string][]connector.Option{
	JSON: {{
		Name: "timestamp.unit", Type: connector.Word, Default: "ms", Words: []string{"s", "ms", "us"},
		Doc: "What a number means where a timestamp is expected: seconds, milliseconds or microseconds since 1970-01-01 UTC.",
	}},
	CSV: {
		{Name: "header", Type: connector.Boolean, Default: "false", Doc: "The first line of each file names its fields; fields are then found by name, not by position."},
		{Name: "delimiter", Type: connector.Text, Default: ",", Doc: "One byte between fields."},
		{Name: "quote", Type: connector.Text, Default: `"`, Doc: "One byte around fields that need it."},
		{Name: "escape", Type: connector.Text, Doc: "One byte before a quote inside a quoted field; the quote itself if it is left out."},
		{Name: "null", Type: connector.Text, Doc: "What stands for NULL when it is not quoted; nothing at all if it is left out."},
		{
			Name: "timestamp.unit", Type: connector.Word, Words: []string{"s", "ms", "us"},
			Doc: "Timestamps may be numbers of this unit since 1970-01-01 UTC, too; only text if it is left out.",
		},
	},
	Text:  nil,
	Bytes: nil,
}

// Options is the table of options of an encoding, for documentation.
func Options(encode string) []connector.Option { return options[encode] }

// Format is an encoding of rows with the columns of a relation. It does not change and may be shared.
type Format struct {
	encode  string
	columns []connector.Column
	unit    timeUnit
	csv     csvOptions
}

// New checks an encoding against columns.
func New(encode string, settings []connector.Setting, columns []connector.Column) (*Format, error) {
	encode = strings.ToUpper(encode)
	table, ok := options[encode]
	if !ok {
		return nil, pgerr.Newf(pgerr.FeatureNotSupported, "ENCODE %s is not supported", encode).
			WithHint("Supported are: %s.", strings.Join(Encodes, ", "))
	}
	v, err := connector.ParseOptions("ENCODE "+encode, table, settings)
	if err != nil {
		return nil, err
	}
	f := &Format{encode: encode, columns: slices.Clone(columns), unit: timeUnits[v.Text("timestamp.unit")]}
	if encode == CSV {
		if f.csv, err = newCSVOptions(v); err != nil {
			return nil, err
		}
	}
	return f, f.check()
}

// check refuses columns that the encoding cannot fill.
func (f *Format) check() error {
	values := 0
	for _, c := range f.columns {
		switch c.Meta {
		case connector.NoMeta:
			values++
			if err := checkType(f.encode, c); err != nil {
				return err
			}
		case connector.MetaPartition, connector.MetaOffset:
		default:
			return pgerr.Newf(pgerr.FeatureNotSupported, "there is no %s to include here", c.Meta).
				WithHint("There are partition and offset.")
		}
	}
	if (f.encode == Text || f.encode == Bytes) && values != 1 {
		return pgerr.Newf(pgerr.InvalidParameterValue, "ENCODE %s fills one column, not %d", f.encode, values).
			WithHint("Declare one column, of type %s.", map[string]string{Text: "text", Bytes: "bytea"}[f.encode])
	}
	return nil
}

// Header tells whether the first row of each file is no row but names the fields.
func (f *Format) Header() bool { return f.encode == CSV && f.csv.header }

// Lines tells whether every line end ends a row.
func (f *Format) Lines() bool { return f.encode != CSV }

// Chunk is a run of whole rows: what a Splitter found.
type Chunk struct {
	// Partition is where the rows are from.
	Partition string
	// Offset is that of Data[0] in the partition.
	Offset int64
	// Data are the rows with what ends each; the last may lack it.
	Data []byte
	// Header is the line that names the fields of CSV, if Format.Header says that there is one.
	Header []byte
}

// Decoder makes columns of rows. It is for one goroutine at a time and keeps its memory from one call to the next.
type Decoder struct {
	format  *Format
	columns []connector.Column // the wanted ones
	fields  []field            // what is decoded into them, meta columns left out
	wanted  []int              // for each column of the format its place in fields, or -1
	metas   []int              // columns that are not decoded
	where   where
	json    jsonState
	csv     csvState
	scratch []byte // a value without its escapes
	array   []byte // an array as PostgreSQL writes it
	serial  uint64 // of the row; see field.seen
}

// Decoder returns a decoder of the columns and rows that a reader is to give.
func (f *Format) Decoder(start connector.Start) *Decoder {
	d := &Decoder{format: f, wanted: slices.Repeat([]int{-1}, len(f.columns))}
	for at, i := range start.Columns {
		d.want(i, at)
	}
	d.filter(start)
	return d
}

// want has a column of the format decoded as one of a batch.
func (d *Decoder) want(i, at int) {
	c := d.format.columns[i]
	d.columns = append(d.columns, c)
	if c.Meta != connector.NoMeta {
		d.metas = append(d.metas, at)
		return
	}
	d.wanted[i] = len(d.fields)
	d.fields = append(d.fields, newField(d.format, c, i, at))
}

// maxDecode is how much input goes into one batch before it counts as full, however few rows it has: vectors hold less than 4 GiB.
const maxDecode = 32 << 20

// Decode appends rows to batches as connector.Piece has it, until one of them is full or the chunk is at its end, and answers how many
// bytes of the chunk it is done with. A row that cannot be decoded is reported and left out.
func (d *Decoder) Decode(b, left *batch.Batch, chunk Chunk, report connector.Report) int {
	b, left = d.begin(b, left)
	var done int
	switch d.format.encode {
	case JSON:
		done = d.decodeJSON(b, left, &chunk, report)
	case CSV:
		done = d.decodeCSV(b, left, &chunk, report)
	default:
		done = d.decodeLines(b, left, &chunk, report)
	}
	d.end()
	return done
}

// fault says why a row cannot be decoded.
type fault struct {
	column string
	err    *pgerr.Error
}

func (d *Decoder) report(report connector.Report, chunk *Chunk, at int, row []byte, f *fault) {
	if report == nil {
		return
	}
	report(connector.RowError{
		Partition: chunk.Partition, Offset: chunk.Offset + int64(at),
		Column: f.column, Err: f.err, Sample: connector.Sample(row),
	})
}

// finish ends a row whose decoded columns are appended, or found: it adds those that say where the row is from, or leaves the row out.
func (d *Decoder) finish(b, left *batch.Batch, chunk *Chunk, at int) {
	if d.json.shape.undecided {
		d.decide(b, left, chunk, at)
		return
	}
	if len(d.where.tests) > 0 && !d.where.matches(b) {
		d.leave(b, left, chunk, at)
		return
	}
	d.keep(b, chunk, at)
}

// keep ends a row whose decoded columns are appended, and which is wanted.
func (d *Decoder) keep(b *batch.Batch, chunk *Chunk, at int) {
	d.where.reset(b)
	for _, c := range d.metas {
		appendMeta(&b.Cols[c], d.columns[c].Meta, chunk, at)
	}
	b.AppendDiff(1)
}

// appendMeta appends what a column says of where the row at a place of a chunk is from.
func appendMeta(v *batch.Vec, meta connector.Meta, chunk *Chunk, at int) {
	if meta == connector.MetaOffset {
		v.Ints = append(v.Ints, chunk.Offset+int64(at))
	} else {
		v.AppendString(chunk.Partition)
	}
}

// undo takes the values back that a row left in the columns before it turned out to be wrong, or not wanted.
func (d *Decoder) undo(b *batch.Batch) {
	n := b.Len()
	for c := range b.Cols[:len(b.Cols)-d.where.hidden] {
		truncate(&b.Cols[c], n)
	}
	d.where.reset(b)
}

// truncate shortens a vector to n values.
func truncate(v *batch.Vec, n int) {
	if v.Len() <= n {
		if v.Offsets != nil {
			v.Data = v.Data[:v.Offsets[n]] // a value that was begun and not finished
		}
		return
	}
	if v.Bools != nil {
		v.Bools = v.Bools[:n]
	}
	if v.Ints != nil {
		v.Ints = v.Ints[:n]
	}
	if v.Floats != nil {
		v.Floats = v.Floats[:n]
	}
	if v.Offsets != nil {
		v.Offsets = v.Offsets[:n+1]
		v.Data = v.Data[:v.Offsets[n]]
	}
	if w := n >> 6; w < len(v.Nulls) {
		v.Nulls[w] &= 1<<(n&63) - 1
		v.Nulls = v.Nulls[:w+1]
	}
}
