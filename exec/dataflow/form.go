package dataflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// formSetting is the name of the record of the form (flow.Form) of the graph that has made what is kept under an id. It is written in the epoch in which the
// graph is made, and gone with it.
func formSetting(id flow.RelationID) string { return fmt.Sprintf("%sform.%d", reservedSetting, id) }

func (g *graph) formRecord() meta.Setting {
	return meta.Setting{Name: formSetting(g.id()), Value: flow.Form(g.def.Graph)}
}

// record is what the store has of a new graph beside what it keeps.
func (g *graph) record() meta.Setting {
	if g.def.Temporary {
		return g.temporaryRecord()
	}
	return g.formRecord()
}

// standsAside tells whether a graph that was there before takes no part in the dataflow: it had failed, or what it keeps is not what its plan is for now, or what it
// scans has failed. The first epoch says so in the store, since the graph misses its changes.
func (r *Runtime) standsAside(g *graph, saved *records) bool {
	if saved == nil {
		return false
	}
	message, failed, complete := g.isFailed(saved)
	form := g.formRecord()
	was, known := saved.settings[form.Name]
	switch {
	case !known: // it was made by a version that kept none
		r.pendingMeta.Settings = append(r.pendingMeta.Settings, form)
	case was != form.Value:
		g.misfit = true
		complete = complete && flow.SameRows(was, form.Value)
	}
	var err error
	switch from := r.failedInput(g); {
	case failed:
		err = errors.New(message)
	case g.misfit:
		err = g.misfitError(flow.FormDifference(was, form.Value))
	case from != nil:
		err = &FailedError{from.id(), from.err}
	default:
		return false
	}
	g.status, g.err, g.complete = Failed, err, complete
	if !failed {
		r.pendingMeta.Settings = append(r.pendingMeta.Settings, meta.Setting{Name: failedSetting(g.id()), Value: err.Error()})
		r.config.Logger.Log(context.Background(), slog.LevelError, "a graph has failed and is kept up to date no more", "graph", g.id(), "error", err)
	}
	return true
}

// misfitError says why a graph cannot go on from what it keeps, and what helps.
func (g *graph) misfitError(difference string) error {
	helps := "ALTER MATERIALIZED VIEW ... RESUME computes it again"
	switch {
	case g.def.Replay:
		helps = "drop it, and create it again with another target"
	case g.relation == nil:
		helps = "ALTER SINK ... RESUME computes it again"
	}
	return fmt.Errorf("this version of Freshet cannot go on from what another one has kept of it: %s; %s", difference, helps)
}

// failedInput is a graph that has failed and is scanned by this one, nil if there is none.
func (r *Runtime) failedInput(g *graph) *graph {
	for _, n := range g.nodes {
		scan, ok := n.spec.(*flow.Scan)
		if !ok {
			continue
		}
		if from := r.byID[scan.Relation]; from != nil && from.status == Failed {
			return from
		}
	}
	return nil
}
