package bind

// kind says where an expression stands, for what may be in it (ParseExprKind of PostgreSQL).
type kind uint8

const (
	kindFromSubquery kind = iota + 1
	kindFromFunction
	kindWhere
	kindHaving
	kindFilter
	kindPartition
	kindWindowOrder
	kindFrameRows
	kindFrameRange
	kindFrameGroups
	kindTarget
	kindInsertTarget
	kindUpdateSource
	kindUpdateTarget
	kindGroupBy
	kindOrderBy
	kindDistinctOn
	kindLimit
	kindOffset
	kindReturning
	kindValues
	kindValuesSingle
	kindJoinOn
	kindJoinUsing
	kindWindowArg
	// Expressions outside of queries, see Use.
	kindDefault
	kindGenerated
	kindCheck
	kindIndexExpr
	kindIndexWhere
	kindExecute
	kindTransform
	kindCopyWhere
	kindWatermark
)

// kindNames are the clauses as messages name them.
var kindNames = map[kind]string{
	kindFromFunction: "functions in FROM", kindWhere: "WHERE", kindHaving: "HAVING", kindFilter: "FILTER", kindPartition: "window definitions",
	kindWindowOrder: "window definitions", kindTarget: "SELECT", kindInsertTarget: "INSERT", kindUpdateSource: "UPDATE", kindUpdateTarget: "UPDATE",
	kindGroupBy: "GROUP BY", kindOrderBy: "ORDER BY", kindDistinctOn: "DISTINCT ON", kindLimit: "LIMIT", kindOffset: "OFFSET",
	kindReturning: "RETURNING", kindValues: "VALUES", kindValuesSingle: "VALUES", kindJoinOn: "JOIN conditions", kindJoinUsing: "JOIN/USING",
	kindWindowArg: "window definitions", kindFrameRows: "window definitions", kindFrameRange: "window definitions", kindFrameGroups: "window definitions",
	kindDefault: "DEFAULT expressions", kindGenerated: "column generation expressions", kindCheck: "check constraints", kindIndexExpr: "index expressions",
	kindIndexWhere: "index predicates", kindExecute: "EXECUTE parameters", kindTransform: "transform expressions", kindCopyWhere: "COPY FROM WHERE conditions",
	kindWatermark: "WATERMARK expressions",
}

// alone tells whether the expression stands outside of any query.
func (k kind) alone() bool { return k >= kindDefault }

// aggregateRefusal is the message about an aggregate in a clause that cannot have one; empty where it can.
func (k kind) aggregateRefusal() string {
	if k.alone() {
		return "aggregate functions are not allowed in " + kindNames[k]
	}
	switch k {
	case kindFromSubquery:
		return "aggregate functions are not allowed in FROM clause of their own query level"
	case kindFromFunction:
		return "aggregate functions are not allowed in functions in FROM"
	case kindWhere, kindFilter, kindGroupBy, kindLimit, kindOffset, kindReturning, kindValues, kindValuesSingle, kindUpdateSource, kindUpdateTarget:
		return "aggregate functions are not allowed in " + kindNames[k]
	case kindJoinOn, kindJoinUsing:
		return "aggregate functions are not allowed in JOIN conditions"
	case kindFrameRows:
		return "aggregate functions are not allowed in window ROWS"
	case kindFrameRange:
		return "aggregate functions are not allowed in window RANGE"
	case kindFrameGroups:
		return "aggregate functions are not allowed in window GROUPS"
	default:
	}
	return ""
}

func (k kind) windowRefusal() string {
	if k.alone() {
		return "window functions are not allowed in " + kindNames[k]
	}
	switch k {
	case kindFromSubquery, kindFromFunction:
		return "window functions are not allowed in functions in FROM"
	case kindWhere, kindHaving, kindFilter, kindGroupBy, kindLimit, kindOffset, kindReturning, kindValues, kindValuesSingle, kindUpdateSource, kindUpdateTarget,
		kindPartition, kindWindowOrder, kindFrameRows, kindFrameRange, kindFrameGroups, kindWindowArg:
		return "window functions are not allowed in " + kindNames[k]
	case kindJoinOn, kindJoinUsing:
		return "window functions are not allowed in JOIN conditions"
	default:
	}
	return ""
}

func (k kind) setRefusal() string {
	if k.alone() {
		return "set-returning functions are not allowed in " + kindNames[k]
	}
	switch k {
	case kindWhere, kindHaving, kindFilter, kindLimit, kindOffset, kindReturning, kindValues, kindUpdateSource, kindUpdateTarget, kindPartition, kindFrameRows, kindFrameRange, kindFrameGroups, kindWindowArg:
		return "set-returning functions are not allowed in " + kindNames[k]
	case kindJoinOn, kindJoinUsing:
		return "set-returning functions are not allowed in JOIN conditions"
	default:
	}
	return ""
}
