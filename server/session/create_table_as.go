package session

import (
	"context"
	"fmt"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// createTableAsPlan is CREATE TABLE ... AS: a table, and then its rows.
type createTableAsPlan struct {
	stmt  *ast.CreateTableAs
	query *queryPlan
}

func planCreateTableAs(s *Session, stmt *ast.CreateTableAs, _ []types.OID) (plan, error) {
	switch {
	case stmt.Execute != nil:
		return nil, unsupported(stmt.Execute, "CREATE TABLE AS EXECUTE")
	case stmt.Persistence == ast.Temporary:
		return nil, temporary(stmt, "TABLE")
	case len(stmt.Options) > 0 && !isRetention(stmt.Options[0]):
		return nil, unsupported(stmt.Options[0], "option "+settingName(stmt.Options[0].Name)+" of a table")
	case len(stmt.Options) > 1:
		return nil, unsupported(stmt.Options[1], "option "+settingName(stmt.Options[1].Name)+" of a table")
	case stmt.Using != "" && stmt.Using != "heap":
		return nil, pgerr.Newf(pgerr.UndefinedObject, "access method %q does not exist", string(stmt.Using))
	case stmt.OnCommit != "" || stmt.Tablespace != "" || stmt.Stream.Format != nil || stmt.Stream.OnConflict != "":
		return nil, unsupported(stmt, "this clause of CREATE TABLE AS")
	}
	p, err := planQuery(s, stmt.Query, nil)
	if err != nil {
		return nil, err
	}
	query := p.(*queryPlan)
	if params, _ := query.describe(); len(params) > 0 {
		return nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
	}
	return &createTableAsPlan{stmt: stmt, query: query}, nil
}

func (p *createTableAsPlan) describe() ([]types.Type, []pgwire.Column) { return nil, nil }

func (p *createTableAsPlan) run(ctx context.Context, s *Session, _ []types.Value, out pgwire.Out) error {
	if s.tx.state == txImplicit {
		if err := s.commitEarly(ctx); err != nil {
			return err
		}
	}
	if len(p.stmt.Columns) > len(p.query.columns) {
		return pgerr.New(pgerr.SyntaxError, "too many column names were specified")
	}
	d, err := s.engine.define(ctx, s, func(d *ddl) error { // more than once in a block that has dropped something
		made := &ast.CreateTable{Name: p.stmt.Name, IfNotExists: p.stmt.IfNotExists, Options: p.stmt.Options, Stream: p.stmt.Stream}
		for i, c := range p.query.columns {
			name := ast.Ident(c.Name)
			if i < len(p.stmt.Columns) {
				name = p.stmt.Columns[i]
			}
			if err := storable(string(name), c.Type, nil); err != nil {
				return err
			}
			made.Elements = append(made.Elements, &ast.ColumnDef{Name: name, Type: d.typeName(c.Type)})
		}
		err := createTable(d, made)
		if s.tx.state != txBlock && !p.stmt.NoData { // its rows come in a later epoch
			d.noteUncommitted()
		}
		return err
	})
	if err != nil {
		return err
	}
	s.derived = nil
	if s.tx.state == txBlock {
		s.undoLater(d)
		if err := s.see(d); err != nil {
			return err
		}
	}
	if err := s.noticeAll(out, d.notices); err != nil {
		return err
	}
	if len(d.change.Created()) == 0 || p.stmt.NoData {
		return out.Complete("CREATE TABLE AS")
	}
	count, err := p.fill(ctx, s, d.change.Created()[0])
	if err != nil {
		return err
	}
	return out.Complete(fmt.Sprintf("SELECT %d", count))
}

// fill inserts the rows. If that fails the table goes again. As other statements that are alone it is run again if what it reads has changed meanwhile.
func (p *createTableAsPlan) fill(ctx context.Context, s *Session, table *catalog.Object) (count int64, err error) {
	if s.tx.state == txBlock { // which takes it back at its rollback
		return p.rows(ctx, s, table)
	}
	for attempt := range rerunsMax + 1 {
		count, err = p.commitRows(ctx, s, table, attempt == rerunsMax)
		s.forgetWork()
		if err == nil {
			return count, nil
		}
		if pgerr.CodeOf(err) != pgerr.SerializationFailure {
			break
		}
	}
	_, dropErr := s.engine.define(context.WithoutCancel(ctx), s, func(d *ddl) error { return d.takeBack([]catalog.ID{table.ID}) })
	if dropErr != nil {
		s.engine.logger.Error("taking back CREATE TABLE AS failed", "error", dropErr)
	}
	return 0, err
}

// rows writes the rows into the transaction.
func (p *createTableAsPlan) rows(ctx context.Context, s *Session, table *catalog.Object) (count int64, err error) {
	txn, err := s.write()
	if err != nil {
		return 0, err
	}
	if err := s.readable(p.query.planned.Graph); err != nil {
		return 0, err
	}
	err = s.readGraph(ctx, p.query.planned.Graph, nil, nil, func(b *batch.Batch) error {
		rows := copyRows(b, 0, len(b.Cols))
		count += int64(rows.Len())
		return txn.Write(flow.RelationID(table.ID), whole(table, rows))
	})
	return count, err
}

// commitRows makes the rows durable, exclusively: while nobody else writes.
func (p *createTableAsPlan) commitRows(ctx context.Context, s *Session, table *catalog.Object, exclusively bool) (count int64, err error) {
	if !exclusively {
		if count, err = p.rows(ctx, s, table); err != nil {
			return 0, err
		}
	}
	locked := false
	defer func() {
		if locked {
			s.engine.writing.Unlock()
		}
	}()
	_, err = s.engine.define(ctx, s, func(d *ddl) error {
		if d.alone = exclusively; exclusively {
			s.engine.writing.Lock()
			locked = true
			if count, err = p.rows(ctx, s, table); err != nil {
				return err
			}
		}
		d.forgetUncommitted(table.ID)
		if !s.tx.writes.Empty() {
			d.runtime.Txn = s.tx.writes
		}
		return nil
	})
	return count, err
}
