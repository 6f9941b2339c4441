package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is PostgreSQL's parse_param.c: parameters whose types are found out from where they stand.

// maxParams is PostgreSQL's limit of parameters.
const maxParams = 65535

func (b *binder) param(p *ast.Param) (scalar, error) {
	pos := int(p.Pos)
	if b.NoParams || p.Number < 1 || p.Number > maxParams {
		return scalar{}, errAt(pos, pgerr.UndefinedParameter, "there is no parameter $%d", p.Number)
	}
	for len(b.params) < p.Number {
		b.params = append(b.params, 0)
	}
	i := p.Number - 1
	if oid := b.params[i]; oid != 0 && oid != types.OIDUnknown {
		return at(&plan.Param{Index: i, Typ: types.Of(oid)}, pos), nil
	}
	e := &plan.Param{Index: i, Typ: types.Of(types.OIDUnknown)}
	b.pending = append(b.pending, e)
	b.paramPos[e] = pos
	return at(e, pos), nil
}

// coerceParam is variable_coerce_param_hook: the first use that says a type decides.
func (b *binder) coerceParam(x scalar, e *plan.Param, to types.Type, explicit bool, pos int) (scalar, error) {
	known := b.params[e.Index]
	if known == 0 || known == types.OIDUnknown {
		b.params[e.Index] = to.OID
	} else if known != to.OID {
		return x, errAt(x.pos, pgerr.AmbiguousParameter, "inconsistent types deduced for parameter $%d", e.Index+1).
			WithDetail("%s versus %s", typeNameOf(known), typeNameOf(to.OID))
	}
	if i := slices.Index(b.pending, e); i >= 0 {
		b.pending = slices.Delete(b.pending, i, i+1)
	}
	typed := &plan.Param{Index: e.Index, Typ: types.Of(to.OID)}
	if to.Mod >= 0 {
		return at(b.castCall(typed, to, explicit, pos), leftmost(pos, x)), nil
	}
	return at(typed, leftmost(pos, x)), nil
}

// finishParams checks that all parameters have types and returns them.
func (b *binder) finishParams() ([]types.Type, error) {
	for _, p := range b.pending {
		if oid := b.params[p.Index]; oid != 0 && oid != types.OIDUnknown {
			return nil, errAt(b.paramPos[p], pgerr.AmbiguousParameter, "could not determine data type of parameter $%d", p.Index+1)
		}
	}
	all := make([]types.Type, len(b.params))
	for i, oid := range b.params {
		if oid == 0 || oid == types.OIDUnknown {
			return nil, pgerr.Newf(pgerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
		all[i] = types.Of(oid)
	}
	b.Params = b.params
	return all, nil
}
