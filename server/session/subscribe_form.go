package session

import (
	"slices"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// envelope says how changes become rows.
type envelope uint8

const (
	// plainChanges are rows with sys_diff: how often each comes, or goes if that is negative.
	plainChanges envelope = iota
	// upserts are rows by key with sys_op: upsert with the row that the key has now, or delete with the key alone.
	upserts
	// beforeAfter are rows by key with sys_op (insert, update, delete), and each column twice: before_ and after_.
	beforeAfter
)

// subscribedForm is how a subscription's rows look.
type subscribedForm struct {
	envelope envelope
	rows     []pgwire.Column // of the relation
	key      []int           // of rows
}

func newSubscribedForm(p *subscribePlan) (*subscribedForm, error) {
	f := &subscribedForm{rows: p.rows}
	for _, c := range p.rows {
		if p.stmt.Envelope == "" && (c.Name == "sys_epoch" || c.Name == "sys_time" || c.Name == "sys_diff") {
			return nil, pgerr.Newf(pgerr.DuplicateColumn, "column name %q is that of a column of SUBSCRIBE", c.Name).
				WithHint("Subscribe to a query that gives it another name.")
		}
	}
	switch p.stmt.Envelope {
	case "":
		return f, nil
	case "UPSERT":
		f.envelope = upserts
	default:
		f.envelope = beforeAfter
	}
	for _, name := range p.stmt.Key {
		at := slices.IndexFunc(p.rows, func(c pgwire.Column) bool { return c.Name == string(name) })
		if at < 0 {
			return nil, pgerr.Newf(pgerr.UndefinedColumn, "column %q named in key does not exist", string(name)).At(int(p.stmt.At()))
		}
		f.key = append(f.key, at)
	}
	if len(f.key) == 0 && p.relation != nil {
		for _, place := range p.relation.PrimaryKey {
			f.key = append(f.key, slices.Index(p.places, place))
		}
	}
	if len(f.key) == 0 {
		return nil, unsupported(p.stmt, "ENVELOPE without a key").WithHint("Name the columns that tell rows apart: ENVELOPE %s (KEY (...)).", p.stmt.Envelope)
	}
	return f, nil
}

// columns are those of the result.
func (f *subscribedForm) columns() []pgwire.Column {
	out := []pgwire.Column{{Name: "sys_epoch", Type: types.Of(types.OIDInt8)}, {Name: "sys_time", Type: types.Of(types.OIDTimestamptz)}}
	switch f.envelope {
	case plainChanges:
		return append(append(out, pgwire.Column{Name: "sys_diff", Type: types.Of(types.OIDInt8)}), f.rows...)
	case upserts:
		return append(append(out, pgwire.Column{Name: "sys_op", Type: types.Of(types.OIDText)}), f.rows...)
	case beforeAfter:
	}
	out = append(out, pgwire.Column{Name: "sys_op", Type: types.Of(types.OIDText)})
	for _, prefix := range []string{"before_", "after_"} {
		for _, c := range f.rows {
			out = append(out, pgwire.Column{Name: string(ast.Ident(prefix + c.Name)), Type: c.Type})
		}
	}
	return out
}

// formed makes the rows of one subscription.
type formed struct {
	*subscribedForm
	emit func(b *batch.Batch) error
	out  *batch.Batch
	// Of an epoch whose rows are put together by key: what is gone and what came, and where each key has its rows.
	epoch      uint64
	now        int64
	gone, came *batch.Batch
	byKey      map[string]*keyChange
	order      []*keyChange
	encoded    []byte
}

// keyChange are the rows of a key, -1 where there is none.
type keyChange struct{ gone, came int }

func (f *subscribedForm) begin(emit func(b *batch.Batch) error) *formed {
	m := &formed{subscribedForm: f, emit: emit}
	var kinds, rows []types.Type
	for _, c := range f.columns() {
		kinds = append(kinds, c.Type)
	}
	for _, c := range f.rows {
		rows = append(rows, c.Type)
	}
	m.out = batch.New(kinds...)
	if f.envelope != plainChanges {
		m.gone, m.came, m.byKey = batch.New(rows...), batch.New(rows...), map[string]*keyChange{}
	}
	return m
}

// none is a batch without rows.
func (m *formed) none() *batch.Batch {
	m.out.Reset()
	return m.out
}

// row takes rows that the relation has at the beginning.
func (m *formed) row(epoch uint64, now int64, b *batch.Batch) error {
	if m.envelope == plainChanges {
		return m.change(epoch, now, b)
	}
	m.out.Reset()
	for i := range b.Len() {
		m.head(epoch, now)
		if m.envelope == upserts {
			m.out.Cols[2].AppendString("upsert")
			m.copy(3, b, i)
		} else {
			m.out.Cols[2].AppendString("insert")
			m.copy(3, b, -1)
			m.copy(3+len(m.rows), b, i)
		}
		m.out.AppendDiff(1)
	}
	return m.emit(m.out)
}

// change takes changes of an epoch.
func (m *formed) change(epoch uint64, now int64, b *batch.Batch) error {
	if m.envelope != plainChanges {
		return m.collect(epoch, now, b)
	}
	m.out.Reset()
	for i := range b.Len() {
		m.head(epoch, now)
		m.out.Cols[2].Append(types.IntValue(b.DiffAt(i)))
		for c := range b.Cols {
			m.out.Cols[3+c].AppendFrom(&b.Cols[c], i)
		}
		m.out.AppendDiff(1)
	}
	return m.emit(m.out)
}

func (m *formed) head(epoch uint64, now int64) {
	m.out.Cols[0].Append(types.IntValue(int64(epoch)))
	m.out.Cols[1].Append(types.IntValue(now))
}

// progress gives a row that has nulls for all but the epoch and its time.
func (m *formed) progress(epoch uint64, now int64) error {
	m.out.Reset()
	m.head(epoch, now)
	for c := 2; c < len(m.out.Cols); c++ {
		m.out.Cols[c].AppendNull()
	}
	m.out.AppendDiff(1)
	return m.emit(m.out)
}

// collect notes changes by their key, until their epoch has ended.
func (m *formed) collect(epoch uint64, now int64, b *batch.Batch) error {
	if epoch != m.epoch {
		if err := m.endEpoch(); err != nil {
			return err
		}
		m.epoch, m.now = epoch, now
	}
	for i := range b.Len() {
		m.encoded = dataflow.AppendRow(m.encoded[:0], b, m.key, i)
		k := m.byKey[string(m.encoded)]
		if k == nil {
			k = &keyChange{-1, -1}
			m.byKey[string(m.encoded)] = k
			m.order = append(m.order, k)
		}
		diff := b.DiffAt(i)
		switch {
		case diff < -1 || diff > 1 || diff < 0 && k.gone >= 0 || diff > 0 && k.came >= 0:
			return pgerr.New(pgerr.InvalidParameterValue, "the key of ENVELOPE has more than one row").
				WithHint("Name columns that tell all rows of the relation apart.")
		case diff < 0:
			k.gone = m.gone.Len()
			m.gone.AppendRow(b, i, 1)
		default:
			k.came = m.came.Len()
			m.came.AppendRow(b, i, 1)
		}
	}
	return nil
}

// endEpoch gives the rows of the keys that have changed.
func (m *formed) endEpoch() error {
	if len(m.order) == 0 {
		return nil
	}
	m.out.Reset()
	for _, k := range m.order {
		m.head(m.epoch, m.now)
		if m.envelope == upserts {
			m.upsert(k)
		} else {
			m.both(k)
		}
		if m.out.AppendDiff(1); m.out.Full() {
			if err := m.emit(m.out); err != nil {
				return err
			}
			m.out.Reset()
		}
	}
	clear(m.byKey)
	m.order = m.order[:0]
	m.gone.Reset()
	m.came.Reset()
	if m.out.Len() == 0 {
		return nil
	}
	return m.emit(m.out)
}

func (m *formed) upsert(k *keyChange) {
	if k.came >= 0 {
		m.out.Cols[2].AppendString("upsert")
		m.copy(3, m.came, k.came)
		return
	}
	m.out.Cols[2].AppendString("delete")
	for c := range m.rows {
		if slices.Contains(m.key, c) {
			m.out.Cols[3+c].AppendFrom(&m.gone.Cols[c], k.gone)
		} else {
			m.out.Cols[3+c].AppendNull()
		}
	}
}

func (m *formed) both(k *keyChange) {
	op := "update"
	switch {
	case k.gone < 0:
		op = "insert"
	case k.came < 0:
		op = "delete"
	}
	m.out.Cols[2].AppendString(op)
	m.copy(3, m.gone, k.gone)
	m.copy(3+len(m.rows), m.came, k.came)
}

// copy appends a row to columns from a place on, or nulls if there is none.
func (m *formed) copy(place int, src *batch.Batch, row int) {
	for c := range m.rows {
		if row < 0 {
			m.out.Cols[place+c].AppendNull()
		} else {
			m.out.Cols[place+c].AppendFrom(&src.Cols[c], row)
		}
	}
}
