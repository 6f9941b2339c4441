package dataflow

import (
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/meta"
)

// initTime prepares the time of a table that has one (WATERMARK FOR): the maximum of an expression over the rows that came in. It is
// computed where rows are admitted, since one worker sees only its own.
func (g *graph) initTime(saved *records) {
	g.high, g.next = op.NoWatermark, op.NoWatermark
	if !g.isTable || g.relation.def.Watermark == nil {
		return
	}
	g.clock = newWatermarker(g.relation.def.Watermark.Expr)
	if saved != nil {
		if w, ok := saved.watermarks[watermarkID{meta.GraphID(g.id()), inputNumber(g.id(), "")}]; ok {
			g.high, g.next = w.Time, w.Time
		}
	}
}

// tellTime moves the time of a table by rows that come in.
func (g *graph) tellTime(rows *batch.Batch) {
	if g.clock == nil {
		return
	}
	if high, _ := g.clock.maxTime(rows, op.Complete-1); high > g.next {
		g.next = high
		g.time.Store(true)
	}
}

// collectTime writes how far the time of a table has come.
func (g *graph) collectTime(m *meta.Changes) {
	if g.next != g.high {
		m.Watermarks = append(m.Watermarks, meta.Watermark{Graph: meta.GraphID(g.id()), Input: inputNumber(g.id(), ""), Time: g.next})
	}
}

// isFailed tells whether the store says that a graph has failed, and whether it had caught up before.
func (g *graph) isFailed(saved *records) (err string, failed, complete bool) {
	if saved == nil {
		return "", false, false
	}
	err, failed = saved.settings[failedSetting(g.id())]
	complete = true
	for _, n := range g.nodes {
		var name string
		switch spec := n.spec.(type) {
		case *flow.Scan:
			name = fillSetting(fillID{g.id(), n.id})
		case *flow.Source:
			name = privateSetting(g.id(), spec.Relation)
		default:
			continue
		}
		if _, behind := saved.settings[name]; behind {
			complete = false
		}
	}
	return err, failed, complete
}
