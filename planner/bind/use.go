package bind

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
)

// useKinds say what may be in expressions outside of queries.
var useKinds = [...]kind{
	plan.UseDefault: kindDefault, plan.UseGenerated: kindGenerated, plan.UseCheck: kindCheck, plan.UseIndexWhere: kindIndexWhere,
	plan.UseCopyWhere: kindCopyWhere, plan.UseTransform: kindTransform, plan.UseArgument: kindExecute, plan.UseWatermark: kindWatermark,
}

// mismatch is the error of an expression outside of queries that has another type than its use wants.
func (b *binder) mismatch(x scalar, use plan.Use) error {
	from, want := b.nameOf(x.Type()), b.nameOf(use.Type)
	var e *pgerr.Error
	switch use.Kind {
	case plan.UseCheck:
		return errAt(x.pos, pgerr.DatatypeMismatch, "argument of CHECK must be type %s, not type %s", want, from)
	case plan.UseIndexWhere, plan.UseCopyWhere:
		return errAt(x.pos, pgerr.DatatypeMismatch, "argument of WHERE must be type %s, not type %s", want, from)
	case plan.UseArgument:
		e = errAt(x.pos, pgerr.DatatypeMismatch, "parameter $%d of type %s cannot be coerced to the expected type %s", use.Param, from, want)
	case plan.UseWatermark:
		e = errAt(x.pos, pgerr.DatatypeMismatch, "column %q is of type %s but its watermark is of type %s", use.Column, want, from)
	case plan.UseDefault, plan.UseGenerated, plan.UseTransform:
		e = errAt(x.pos, pgerr.DatatypeMismatch, "column %q is of type %s but default expression is of type %s", use.Column, want, from)
	}
	return e.WithHint("You will need to rewrite or cast the expression.")
}
