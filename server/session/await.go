package session

import (
	"context"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// How long is waited between two looks at a view that is being filled: longer and longer.
const (
	awaitMin = time.Millisecond
	awaitMax = 50 * time.Millisecond
)

// await waits until the views that a statement has made can be read. If that is cancelled, or they fail, they are dropped again. Other
// statements may change the catalog meanwhile; reading the views is 55000 until they are filled.
func (e *Engine) await(ctx context.Context, s *Session, d *ddl) error {
	if len(d.awaits) == 0 {
		return nil
	}
	pause := awaitMin
	for {
		pending, err := e.unfilled(d.awaits)
		if err == nil && !pending {
			return nil
		}
		if err == nil {
			select {
			case <-ctx.Done():
				err = context.Cause(ctx)
			case <-time.After(pause):
				pause = min(2*pause, awaitMax)
				continue
			}
		}
		e.takeBack(ctx, s, d.awaits)
		return err
	}
}

// unfilled tells whether one of some views is still being filled, or why it has failed. One that somebody has dropped is done.
func (e *Engine) unfilled(views []catalog.ID) (bool, error) {
	pending := false
	for _, id := range views {
		status, err := e.runtime.Status(flow.RelationID(id))
		if err != nil {
			return false, err
		}
		pending = pending || status == dataflow.Filling
	}
	return pending, nil
}

// takeBack drops what was made and cannot be used.
func (e *Engine) takeBack(ctx context.Context, s *Session, ids []catalog.ID) {
	_, err := e.define(context.WithoutCancel(ctx), s, func(d *ddl) error {
		var there []catalog.ID
		for _, id := range ids {
			if d.change.View().Object(id) != nil {
				there = append(there, id)
			}
		}
		return d.dropAll(there, true)
	})
	if err != nil {
		e.logger.Error("taking back a view that could not be filled failed", "error", err)
	}
}
