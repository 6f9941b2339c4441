package session

import (
	"context"
	"strconv"

	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// listing is a statement that answers with a few rows of text: SHOW, EXPLAIN, DESCRIBE.
type listing struct {
	tag     string
	counted bool // the tag ends with the number of rows
	columns []pgwire.Column
	rows    func(s *Session) ([][]string, error)
}

func textColumns(names ...string) []pgwire.Column {
	columns := make([]pgwire.Column, len(names))
	for i, n := range names {
		columns[i] = pgwire.Column{Name: n, Type: types.Of(types.OIDText)}
	}
	return columns
}

func (l *listing) describe() ([]types.Type, []pgwire.Column) { return nil, l.columns }

// null stands for NULL in the rows of a listing.
const null = "\x00"

func (l *listing) run(_ context.Context, s *Session, _ []types.Value, out pgwire.Out) error {
	rows, err := l.rows(s)
	if err != nil {
		return err
	}
	if err := out.Columns(l.columns); err != nil {
		return err
	}
	var kinds []types.Type
	for _, c := range l.columns {
		kinds = append(kinds, c.Type)
	}
	b := batch.New(kinds...)
	for _, r := range rows {
		for i, text := range r {
			if text == null {
				b.Cols[i].AppendNull()
			} else {
				b.Cols[i].AppendString(text)
			}
		}
	}
	b.SetLen(len(rows))
	if len(rows) > 0 {
		if err := out.Rows(b); err != nil {
			return err
		}
	}
	tag := l.tag
	if l.counted {
		tag += " " + strconv.Itoa(len(rows))
	}
	return out.Complete(tag)
}
