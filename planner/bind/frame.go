package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

var (
	frameUnits = map[ast.FrameUnit]fn.FrameUnit{ast.FrameRows: fn.FrameRows, ast.FrameRange: fn.FrameRange, ast.FrameGroups: fn.FrameGroups}
	frameKinds = map[ast.FrameUnit]kind{ast.FrameRows: kindFrameRows, ast.FrameRange: kindFrameRange, ast.FrameGroups: kindFrameGroups}
	boundKinds = map[ast.BoundKind]fn.BoundKind{
		ast.UnboundedPreceding: fn.UnboundedPreceding, ast.Preceding: fn.Preceding, ast.CurrentRow: fn.CurrentRow,
		ast.Following: fn.Following, ast.UnboundedFollowing: fn.UnboundedFollowing,
	}
	frameExclusions = map[ast.FrameExclusion]fn.FrameExclusion{
		ast.ExcludeNoOthers: fn.ExcludeNothing, ast.ExcludeCurrentRow: fn.ExcludeCurrentRow, ast.ExcludeGroup: fn.ExcludeGroup, ast.ExcludeTies: fn.ExcludeTies,
	}
)

// windowFrame is the part of transformWindowDefinitions about frames.
func (s *scope) windowFrame(w *ast.Window, order []sortExpr) (plan.Frame, error) {
	if w.Frame == nil {
		return plan.DefaultFrame, nil
	}
	f := plan.Frame{Unit: frameUnits[w.Frame.Unit], Exclude: frameExclusions[w.Frame.Exclude], End: plan.FrameBound{Kind: fn.CurrentRow}}
	bounds := []*ast.FrameBound{w.Frame.Start}
	if w.Frame.End != nil {
		bounds = append(bounds, w.Frame.End)
	}
	switch {
	case f.Unit == fn.FrameRange && len(order) != 1 && slices.ContainsFunc(bounds, func(b *ast.FrameBound) bool { return b.Offset != nil }):
		return f, errAt(int(w.Pos), pgerr.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
	case f.Unit == fn.FrameGroups && len(order) == 0:
		return f, errAt(int(w.Pos), pgerr.WindowingError, "GROUPS mode requires an ORDER BY clause")
	}
	for i, b := range bounds {
		to := []*plan.FrameBound{&f.Start, &f.End}[i]
		to.Kind = boundKinds[b.Kind]
		if b.Offset == nil {
			continue
		}
		if err := s.frameOffset(w.Frame.Unit, b, order, to); err != nil {
			return f, err
		}
	}
	return f, nil
}

// frameOffset is transformFrameOffset.
func (s *scope) frameOffset(unit ast.FrameUnit, b *ast.FrameBound, order []sortExpr, to *plan.FrameBound) error {
	name := string(unit)
	x, err := s.expr(b.Offset, frameKinds[unit])
	if err != nil {
		return err
	}
	if unit == ast.FrameRange {
		x, to.InRange, err = s.b.rangeOffset(x, order[0].expr.Type())
	} else {
		x, err = s.b.coerceToSpecific(x, types.Of(types.OIDInt8), name)
	}
	if err != nil {
		return err
	}
	refs := s.uses(x.Expr)
	for _, ref := range refs {
		if s.b.owner[ref.ID] == s {
			return errAt(ref.Pos, pgerr.InvalidColumnReference, "argument of %s must not contain variables", name)
		}
	}
	if len(refs) > 0 || !plan.Constant(x.Expr) {
		return unsupported(x.pos, "a frame whose offset depends on another query is not supported yet").WithHint("Write the offset itself.")
	}
	to.Offset = x.Expr
	return nil
}

// rangeOffset makes the offset of a RANGE a value of a type that can be added to those of the order.
func (b *binder) rangeOffset(x scalar, value types.Type) (scalar, *fn.InRange, error) {
	offsets := fn.InRangeOffsets(value.OID)
	if offsets == nil {
		return x, nil, unsupported(x.pos, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", b.nameOf(value))
	}
	wanted := x.oid()
	if x.isUnknown() {
		wanted = value.OID
	}
	selected, matches := types.OID(0), 0
	for _, o := range offsets {
		if !canCoerce([]types.OID{x.oid()}, []types.OID{o}, types.Implicit) {
			continue
		}
		matches++
		if selected != wanted {
			selected = o
		}
	}
	switch {
	case matches == 0:
		return x, nil, unsupported(x.pos, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
			b.nameOf(value), b.nameOf(x.Type())).WithHint("Cast the offset value to an appropriate type.")
	case matches != 1 && selected != wanted:
		return x, nil, unsupported(x.pos, "RANGE with offset PRECEDING/FOLLOWING has multiple interpretations for column type %s and offset type %s",
			b.nameOf(value), b.nameOf(x.Type())).WithHint("Cast the offset value to the exact intended type.")
	}
	x, err := b.coerce(x, types.Of(selected), types.Implicit, 0)
	return x, fn.InRangeOf(value.OID, selected), err
}
