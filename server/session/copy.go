package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// planCopy plans COPY.
func planCopy(s *Session, stmt *ast.Copy, _ []types.OID) (plan, error) {
	o, err := readCopyOptions(stmt)
	if err != nil {
		return nil, err
	}
	switch {
	case stmt.Program:
		return nil, unsupported(stmt, "COPY ... PROGRAM")
	case stmt.File != nil:
		return nil, unsupported(stmt, "COPY with a file of the server").
			WithHint("psql's \\copy copies a file of the client; CREATE SOURCE ... WITH (connector = 'file') reads one of the server.")
	case stmt.From:
		return planCopyFrom(s, stmt, o)
	}
	if subscribe, ok := stmt.Statement.(*ast.Subscribe); ok {
		p, err := planSubscribe(s, subscribe, nil)
		if err != nil {
			return nil, err
		}
		if params, _ := p.describe(); len(params) > 0 {
			return nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
		}
		return &copySubscribePlan{subscribe: p.(*subscribePlan), options: o}, nil
	}
	query, err := copiedQuery(s, stmt)
	if err != nil {
		return nil, err
	}
	p, err := planQuery(s, query, nil)
	if err != nil {
		return nil, err
	}
	if params, _ := p.describe(); len(params) > 0 {
		return nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
	}
	return &copyToPlan{query: p.(*queryPlan), options: o}, nil
}

// copiedQuery is the query whose rows COPY TO writes.
func copiedQuery(s *Session, stmt *ast.Copy) (*ast.Query, error) {
	if stmt.Statement != nil {
		query, ok := stmt.Statement.(*ast.Query)
		if !ok {
			return nil, unsupported(stmt.Statement, "COPY of "+nameOf(stmt.Statement))
		}
		return query, nil
	}
	snapshot := s.catalog()
	o, err := snapshot.Relation(s.path(snapshot), nameParts(stmt.Name))
	if err != nil {
		return nil, placed(err, stmt.Name)
	}
	switch o.Kind {
	case catalog.View:
		return nil, pgerr.Newf(pgerr.WrongObjectType, "cannot copy from view %q", o.Name).WithHint("Try the COPY (SELECT ...) TO variant.")
	case catalog.Sequence, catalog.Index:
		return nil, pgerr.Newf(pgerr.WrongObjectType, "cannot copy from %s %q", o.Kind, o.Name)
	default:
	}
	body := &ast.Select{From: []ast.TableExpr{&ast.TableRef{Name: stmt.Name}}}
	places, err := copiedColumns(o, stmt)
	if err != nil {
		return nil, err
	}
	for _, at := range places {
		body.Targets = append(body.Targets, &ast.Target{X: &ast.ColumnRef{Parts: []ast.Ident{ast.Ident(o.Columns[at].Name)}}})
	}
	return &ast.Query{Body: body}, nil
}

// copiedColumns are the places of the columns that a COPY names, or of all that are not generated.
func copiedColumns(o *catalog.Object, stmt *ast.Copy) ([]int, error) {
	var places []int
	if len(stmt.Columns) == 0 {
		for i, c := range o.Columns {
			if !c.Hidden && !c.Generated {
				places = append(places, i)
			}
		}
		return places, nil
	}
	for _, n := range stmt.Columns {
		at, c := o.Column(string(n))
		switch {
		case c == nil || c.Hidden:
			return nil, pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", string(n), o.Name)
		case c.Generated:
			return nil, pgerr.Newf(pgerr.InvalidColumnReference, "column %q is a generated column", c.Name).
				WithDetail("Generated columns cannot be used in COPY.")
		case slices.Contains(places, at):
			return nil, pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", c.Name)
		}
		places = append(places, at)
	}
	return places, nil
}

// copyToPlan is COPY ... TO STDOUT.
type copyToPlan struct {
	query   *queryPlan
	options *copyOptions
}

func (p *copyToPlan) describe() ([]types.Type, []pgwire.Column) { return nil, nil }

func (p *copyToPlan) run(ctx context.Context, s *Session, _ []types.Value, out pgwire.Out) error {
	if err := s.readable(p.query.planned.Graph); err != nil {
		return err
	}
	w, err := beginCopyOut(p.options, p.query.columns, s.Settings(), out)
	if err != nil {
		return err
	}
	if err := s.readGraph(ctx, p.query.planned.Graph, nil, nil, w.rows); err != nil {
		return err
	}
	if err := w.finish(); err != nil {
		return err
	}
	return out.Complete(fmt.Sprintf("COPY %d", w.count))
}

// copyFromPlan is COPY ... FROM STDIN. Its rows go through the plan of an INSERT of what the columns take: so defaults, generated columns
// and constraints are those of INSERT.
type copyFromPlan struct {
	table   *catalog.Object
	options *copyOptions
	places  []int
	names   []string
	kinds   []types.Type
	codecs  []*types.Codec
	digits  []int // as many as any value of an integer type may have; 0 of other types
	// forceNotNull and forceNull are by column.
	forceNotNull, forceNull []bool
	// missing are the columns that get their default, and rest what computes it; whole rows are made of both.
	missing  []int
	defaults []flow.Expr // for missing, over no columns
	computed map[int]flow.Expr
	where    flow.Expr
	checks   *checks
}

func planCopyFrom(s *Session, stmt *ast.Copy, o *copyOptions) (plan, error) {
	if stmt.Name == nil {
		return nil, pgerr.New(pgerr.SyntaxError, "COPY FROM needs a table").At(int(stmt.At()))
	}
	snapshot := s.catalog()
	table, err := snapshot.Relation(s.path(snapshot), nameParts(stmt.Name))
	if err != nil {
		return nil, placed(err, stmt.Name)
	}
	if err := writable(table); err != nil {
		return nil, placed(err, stmt.Name)
	}
	p := &copyFromPlan{table: table, options: o, computed: map[int]flow.Expr{}}
	if p.places, err = copiedColumns(table, stmt); err != nil {
		return nil, err
	}
	for _, at := range p.places {
		c := table.Columns[at]
		codec, ok := types.CodecOf(c.Type.OID)
		if !ok {
			return nil, invariants.Errorf("column %q has a type without a codec", c.Name)
		}
		p.names, p.kinds, p.codecs = append(p.names, c.Name), append(p.kinds, c.Type), append(p.codecs, codec)
		p.digits = append(p.digits, plainDigits(c.Type.OID))
		p.forceNotNull = append(p.forceNotNull, slices.Contains(o.forceNotNull, ast.Ident(c.Name)))
		p.forceNull = append(p.forceNull, slices.Contains(o.forceNull, ast.Ident(c.Name)))
	}
	options := s.options(nil)
	options.NoParams = true
	if err := p.planRest(options); err != nil {
		return nil, err
	}
	if stmt.Where != nil {
		if p.where, err = planner.Expr(stmt.Where, table, logical.Condition(logical.UseCopyWhere), options); err != nil {
			return nil, err
		}
	}
	p.checks, err = newChecks(table, options)
	return p, err
}

// planRest plans the defaults of columns that COPY does not give, and the generated ones.
func (p *copyFromPlan) planRest(options planner.Options) error {
	for i := range p.table.Columns {
		c := &p.table.Columns[i]
		if c.Hidden || slices.Contains(p.places, i) {
			continue
		}
		text := c.Default
		if c.Identity != 0 {
			text = "nextval(" + itoa(int(c.Sequence)) + "::regclass)"
		}
		if text == "" {
			text = "NULL"
		}
		x, err := parseExpr(text)
		if err != nil {
			return err
		}
		over, use := valueOf(p.table, c)
		e, err := planner.Expr(x, over, use, options)
		if err != nil {
			return err
		}
		if c.Generated {
			p.computed[i] = e
			continue
		}
		p.missing, p.defaults = append(p.missing, i), append(p.defaults, e)
	}
	return nil
}

func (p *copyFromPlan) describe() ([]types.Type, []pgwire.Column) { return nil, nil }

func (p *copyFromPlan) run(ctx context.Context, s *Session, _ []types.Value, out pgwire.Out) error {
	if s.tx.readOnly {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute COPY FROM in a read-only transaction")
	}
	copier, ok := out.(pgwire.Copier)
	if !ok {
		return pgerr.New(pgerr.FeatureNotSupported, "COPY cannot be run here")
	}
	txn, err := s.write()
	if err != nil {
		return err
	}
	reader, err := copier.CopyIn(pgwire.CopyFormat{Binary: p.options.format == copyBinary, Columns: len(p.places)})
	if err != nil {
		return err
	}
	s.tx.again = nil // what the client has sent is gone
	r := &copyRun{
		plan: p, ctx: eval.Context{Environment: s.functionEnvironment(ctx)}, settings: s.Settings(),
		in: &copyInput{in: reader, o: p.options}, rows: batch.New(p.kinds...), scratch: make([]byte, 0, scratchBytes),
	}
	r.emit = func(b *batch.Batch) error { return txn.Write(flow.RelationID(p.table.ID), b) }
	if p.options.format == copyBinary {
		if err := r.in.binaryHeader(); err != nil {
			return err
		}
	}
	mark := txn.Mark()
	if err := r.run(ctx); err != nil {
		return r.located(err)
	}
	if s.tx.alone {
		err = s.commit(ctx)
	} else {
		err = txn.Check()
	}
	if err != nil {
		return r.duplicate(ctx, s, txn, mark, err)
	}
	return out.Complete(fmt.Sprintf("COPY %d", r.count))
}

// scratchBytes is how long values may be that are parsed without an allocation.
const scratchBytes = 1024

// copyRun is one run of COPY FROM.
type copyRun struct {
	plan     *copyFromPlan
	ctx      eval.Context
	settings *types.Settings
	in       *copyInput
	rows     *batch.Batch
	emit     func(*batch.Batch) error
	count    int64
	// column is that of the value that is read, -1 where none is; text is the value.
	column int
	text   []byte
	null   bool
	// scratch is what values are parsed into.
	scratch []byte
	// whole tells that an error is about the whole row that was read last.
	whole bool
	// lines are those that rows were read from; failed is the one whose row broke a constraint, nil if none did.
	lines  copiedLines
	failed *copiedLine
	// written tells the lines of the rows that were handed on, which are so many.
	written []lineRun
	handed  int
}

// lineRun are rows from number row on, each of which is of the line behind that of the one before.
type lineRun struct{ row, line int }

// copiedLines are the lines of the rows that have not been handed on yet, for errors that are found later.
type copiedLines struct {
	numbers []int
	ends    []int // in data
	data    []byte
}

type copiedLine struct {
	number int
	text   []byte
}

func (l *copiedLines) add(number int, line []byte) {
	l.data = append(l.data, line...)
	l.numbers, l.ends = append(l.numbers, number), append(l.ends, len(l.data))
}

func (l *copiedLines) at(row int) *copiedLine {
	from := 0
	if row > 0 {
		from = l.ends[row-1]
	}
	return &copiedLine{l.numbers[row], l.data[from:l.ends[row]]}
}

func (l *copiedLines) reset() { l.numbers, l.ends, l.data = l.numbers[:0], l.ends[:0], l.data[:0] }

func (r *copyRun) run(ctx context.Context) error {
	r.column = -1
	if r.plan.options.header {
		if err := r.header(); err != nil {
			return err
		}
	}
	for {
		more, err := r.next()
		if err != nil {
			return r.earlier(err)
		}
		if !more {
			return r.flush()
		}
		if err := r.row(); err != nil {
			return r.earlier(err)
		}
		if r.rows.Full() {
			if err := r.flush(); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
}

// earlier is the error of a row before the one that cannot be read, or else that one's: PostgreSQL completes and checks each row before it reads the next one.
func (r *copyRun) earlier(err error) error {
	column, isWhole := r.column, r.whole
	whole := make([]int32, r.rows.Len())
	for i := range whole {
		whole[i] = int32(i)
	}
	read := r.rows // with some values of the row that cannot be read
	r.rows = batch.New(r.plan.kinds...)
	r.rows.Gather(read, whole)
	r.rows.SetLen(len(whole))
	r.column, r.whole = -1, false
	if before := r.flush(); before != nil {
		return before
	}
	r.column, r.whole = column, isWhole
	return err
}

func (r *copyRun) next() (bool, error) {
	if r.plan.options.format == copyBinary {
		return r.in.nextBinary(len(r.plan.places))
	}
	return r.in.next()
}

// header passes over the first line, or compares it with the columns.
func (r *copyRun) header() error {
	more, err := r.in.next()
	if err != nil || !more || !r.plan.options.match {
		return err
	}
	r.whole = true
	if len(r.in.fields) != len(r.plan.names) {
		return pgerr.Newf(pgerr.BadCopyFileFormat, "wrong number of fields in header line: got %d, expected %d", len(r.in.fields), len(r.plan.names))
	}
	for i, f := range r.in.fields {
		if got := string(r.in.text(f)); f.null || got != r.plan.names[i] {
			return pgerr.Newf(pgerr.BadCopyFileFormat, "column name mismatch in header line field %d: got %q, expected %q", i+1, got, r.plan.names[i])
		}
	}
	return nil
}

// row reads the values of a row.
func (r *copyRun) row() error {
	p := r.plan
	r.whole = p.options.format != copyBinary
	if len(r.in.fields) > len(p.places) {
		return pgerr.New(pgerr.BadCopyFileFormat, "extra data after last expected column")
	}
	for i := range p.places {
		if i >= len(r.in.fields) {
			r.column = -1
			return pgerr.Newf(pgerr.BadCopyFileFormat, "missing data for column %q", p.names[i])
		}
		f := r.in.fields[i]
		r.column, r.text, r.null = i, r.in.text(f), f.null
		if p.options.format == copyCSV {
			if f.null && p.forceNotNull[i] {
				f.null = false
			} else if f.quoted && p.forceNull[i] && string(r.text) == p.options.null {
				f.null = true
			}
		}
		if err := r.value(i, f.null); err != nil {
			return err
		}
	}
	r.column, r.whole = -1, false
	r.lines.add(r.in.line, r.in.current)
	r.rows.SetLen(r.rows.Len() + 1)
	r.count++
	return nil
}

func (r *copyRun) value(i int, null bool) error {
	v := &r.rows.Cols[i]
	if null {
		v.AppendNull()
		return nil
	}
	codec, kind := r.plan.codecs[i], r.plan.kinds[i]
	var value types.Value
	var err error
	if r.plan.options.format == copyBinary {
		value, err = codec.DecodeWire(r.scratch[:0], r.text, kind, r.settings)
	} else {
		if n, ok := plainInteger(r.text, r.plan.digits[i]); ok {
			v.Ints = append(v.Ints, n)
			return nil
		}
		if err := types.CheckText(r.text); err != nil {
			return err
		}
		value, err = codec.Parse(r.scratch[:0], r.text, kind.Mod, r.settings)
	}
	if err != nil {
		return err
	}
	v.Append(value)
	return nil
}

// plainDigits is how many digits any integer of a type may have, 0 for other types.
func plainDigits(t types.OID) int {
	switch t {
	case types.OIDInt2:
		return 4
	case types.OIDInt4:
		return 9
	case types.OIDInt8:
		return 18
	default:
		return 0
	}
}

// plainInteger reads a sign and some of so many digits, which is how integers are nearly always written; ok is false for all else.
func plainInteger(text []byte, digits int) (n int64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > digits {
		return 0, false
	}
	for _, b := range text {
		if b -= '0'; b > 9 {
			return 0, false
		}
		n = 10*n + int64(b)
	}
	if negative {
		n = -n
	}
	return n, true
}

// flush completes the rows that have been read, checks them and hands them on.
func (r *copyRun) flush() error {
	if r.rows.Len() == 0 {
		return nil
	}
	p := r.plan
	n := r.rows.Len()
	full := &batch.Batch{Cols: make([]batch.Vec, len(p.table.Columns))}
	for i, c := range p.table.Columns {
		full.Cols[i] = batch.NewVec(c.Type)
	}
	for i, at := range p.places {
		full.Cols[at] = r.rows.Cols[i]
	}
	empty := &batch.Batch{}
	empty.SetLen(n)
	for k, at := range p.missing {
		if err := r.fill(&full.Cols[at], p.defaults[k], empty); err != nil {
			return err
		}
	}
	for i, c := range p.table.Columns {
		if c.Hidden || c.Generated {
			for range n {
				full.Cols[i].AppendNull()
			}
		}
	}
	full.SetLen(n)
	for at, e := range p.computed {
		v := batch.NewVec(p.table.Columns[at].Type)
		if err := r.fill(&v, e, full); err != nil {
			return err
		}
		full.Cols[at] = v
	}
	full, kept, err := r.filter(full)
	if err != nil {
		return err
	}
	if row, err := p.checks.find(&r.ctx, full); err != nil {
		if kept != nil {
			row = int(kept[row])
		}
		r.failed = r.lines.at(row)
		return err
	}
	r.note(full.Len(), kept)
	err = r.emit(full)
	r.rows.Reset()
	r.lines.reset()
	return err
}

// note remembers the lines of rows that are handed on.
func (r *copyRun) note(rows int, kept []int32) {
	for i := range rows {
		at := i
		if kept != nil {
			at = int(kept[i])
		}
		line := r.lines.numbers[at]
		if last := len(r.written) - 1; last < 0 || r.written[last].line+r.handed-r.written[last].row != line {
			r.written = append(r.written, lineRun{r.handed, line})
		}
		r.handed++
	}
}

// duplicate says of which line the first row is whose key is there already, as PostgreSQL does, which writes one row after the other.
func (r *copyRun) duplicate(ctx context.Context, s *Session, txn *dataflow.Txn, mark int, broken error) error {
	if pgerr.CodeOf(broken) != pgerr.UniqueViolation {
		return broken
	}
	snapshot, err := s.engine.runtime.Snapshot()
	if err != nil {
		return broken
	}
	defer func() { _ = snapshot.Close() }() // nothing is written through it
	row, e, err := txn.FirstDuplicate(snapshot, flow.RelationID(r.plan.table.ID), mark)
	if err != nil || e == nil {
		return broken
	}
	i := sort.Search(len(r.written), func(i int) bool { return r.written[i].row > row }) - 1
	e.Told.Where = fmt.Sprintf("COPY %s, line %d", r.plan.table.Name, r.written[i].line+row-r.written[i].row)
	return s.told(ctx, e)
}

func (r *copyRun) fill(v *batch.Vec, e flow.Expr, rows *batch.Batch) error {
	r.ctx.Errors.Truncate(0)
	x := eval.Compile(e).Eval(&r.ctx, rows)
	if r.ctx.Errors.Len() > 0 {
		return r.rowError()
	}
	for n := range rows.Len() {
		if x.Const {
			n = 0
		}
		v.AppendFrom(x.Vec, n)
	}
	return nil
}

// rowError is the first error of an expression, in its row.
func (r *copyRun) rowError() error {
	r.failed = r.lines.at(int(r.ctx.Errors.Rows[0]))
	return r.ctx.Errors.Errs[0]
}

// filter keeps the rows for which WHERE is true, and tells their places if there is one.
func (r *copyRun) filter(full *batch.Batch) (rows *batch.Batch, kept []int32, err error) {
	if r.plan.where == nil {
		return full, nil, nil
	}
	r.ctx.Errors.Truncate(0)
	sel := eval.Compile(r.plan.where).Select(&r.ctx, full, nil)
	if r.ctx.Errors.Len() > 0 {
		return nil, nil, r.rowError()
	}
	rows = batch.New(r.plan.table.Types()...)
	rows.Gather(full, sel)
	rows.SetLen(len(sel))
	r.count -= int64(full.Len() - len(sel))
	return rows, sel, nil
}

// located says in which line and column an error is (CopyFromErrorCallback).
func (r *copyRun) located(err error) error {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return err
	}
	c := *e
	line, text := r.in.line, r.in.current
	if r.failed != nil {
		line, text = r.failed.number, r.failed.text
	}
	where := fmt.Sprintf("COPY %s, line %d", r.plan.table.Name, line)
	binary := r.plan.options.format == copyBinary
	switch {
	case r.column < 0 && (r.whole || r.failed != nil && !binary):
		where += ": \"" + shortened(text) + "\""
	case r.column >= 0 && binary:
		where += ", column " + r.plan.names[r.column]
	case r.column >= 0 && r.null:
		where += ", column " + r.plan.names[r.column] + ": null input"
	case r.column >= 0:
		where += ", column " + r.plan.names[r.column] + ": \"" + shortened(r.text) + "\""
	}
	c.Where = where
	return &c
}

// shortened is at most 100 bytes of a value (MAX_COPY_DATA_DISPLAY).
func shortened(text []byte) string {
	const most = 100
	if len(text) <= most {
		return string(text)
	}
	return cutName(string(text), most) + "..."
}
