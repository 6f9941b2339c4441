package session

import (
	"context"
	"errors"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
)

// TrimLate deletes the late rows that came before a time, from all relations that keep them. Views on those relations see them go as
// they see any DELETE.
func (e *Engine) TrimLate(ctx context.Context, before time.Time) error {
	snapshot := e.Catalog()
	var err error
	for _, o := range snapshot.Objects() {
		if o.Kind != catalog.Table || o.PartOf == 0 {
			continue
		}
		if _, column := o.Column("late_arrival"); column == nil {
			continue
		}
		err = errors.Join(err, e.trimLate(ctx, snapshot, o, before))
	}
	return err
}

func (e *Engine) trimLate(ctx context.Context, snapshot *catalog.Snapshot, o *catalog.Object, before time.Time) error {
	opened, err := e.Open(ctx, pgwire.Startup{User: "freshet", Database: snapshot.Object(o.Database).Name}, nobody{})
	if err != nil {
		return err
	}
	defer opened.Close()
	opened.(*Session).internal = true
	err = opened.Query(ctx, "DELETE FROM "+snapshot.FullName(o)+" WHERE late_arrival < "+ast.QuoteString(before.UTC().Format(time.RFC3339Nano)), discard{})
	if pgerr.CodeOf(err) == pgerr.UndefinedTable { // it was dropped meanwhile
		err = nil
	}
	_, syncErr := opened.Sync(ctx, err != nil)
	return errors.Join(err, syncErr)
}

// nobody is the peer of a session of the engine's own, and discard what takes its results.
type (
	nobody  struct{}
	discard struct{}
)

func (nobody) SetParameter(string, string)        {}
func (nobody) Notify(uint32, string, string) bool { return true }
func (nobody) Terminate(*pgerr.Error)             {}

func (discard) Columns([]pgwire.Column) error              { return nil }
func (discard) Rows(*batch.Batch) error                    { return nil }
func (discard) Complete(string) error                      { return nil }
func (discard) Notice(pgwire.Severity, *pgerr.Error) error { return nil }
