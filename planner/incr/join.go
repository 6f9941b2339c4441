package incr

import (
	"slices"
	"strconv"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

var joinKinds = map[plan.JoinKind]flow.JoinKind{
	plan.InnerJoin: flow.InnerJoin, plan.LeftJoin: flow.LeftJoin, plan.FullJoin: flow.FullJoin, plan.SemiJoin: flow.SemiJoin,
	plan.AntiJoin: flow.AntiJoin, plan.NotInJoin: flow.NotInJoin,
}

// join joins two inputs on the equalities in its condition; what else the condition says is checked for each pair.
func (l *lowering) join(n *plan.Join) (*rel, error) {
	kind, ok := joinKinds[n.Kind.WithoutLookup()]
	if !ok || n.Lateral {
		return nil, invariants.Errorf("a correlated join was left over")
	}
	if r, err := l.multiJoin(n); r != nil || err != nil {
		return r, err
	}
	left, err := l.lower(n.Left)
	if err != nil {
		return nil, err
	}
	lookup := n.Kind.IsLookup() && !l.OneShot
	before := l.first
	l.first = l.first || lookup
	right, err := l.lower(n.Right)
	l.first = before
	if err != nil {
		return nil, err
	}
	if lookup && !left.appendOnly {
		return nil, errLookup()
	}
	j := &joinLowering{lowering: l, kind: kind, lookup: lookup, closing: l.closing[n], left: left, right: right, leftCols: len(left.cols), rightCols: len(right.cols)}
	if err := j.split(n.On); err != nil {
		return nil, err
	}
	return j.lower()
}

type joinLowering struct {
	*lowering
	kind    flow.JoinKind
	lookup  bool
	closing plan.ColumnSet
	// usesLeft and usesRight tell whose time the bounds depend on.
	usesLeft, usesRight bool
	left, right         *rel
	leftCols, rightCols int // before columns for keys were added

	leftKeys, rightKeys []int
	nullSafe            []bool
	rest                []plan.Expr
	// ranges are the inequalities between time columns of both sides.
	ranges []timeRange
	// own are the times by which rows are late beside columns that ranges end at.
	own map[plan.ColumnID]timeColumn
}

// timeRange says that column low is at most column high plus Shift microseconds; lowLeft tells that low is the left side's.
type timeRange struct {
	low, high plan.ColumnID
	shift     int64
	lowLeft   bool
}

// split takes the condition apart: equalities of an expression of one side and one of the other are keys.
func (j *joinLowering) split(on plan.Expr) error {
	inLeft, inRight := plan.SetOf(j.left.cols), plan.SetOf(j.right.cols)
	var leftExprs, rightExprs []plan.Expr
	for _, e := range plan.Conjuncts(on) {
		a, b, ok := plan.Equality(e)
		if ok && sameKeys(a.Type(), b.Type()) {
			ca, cb := plan.ExprColumns(a), plan.ExprColumns(b)
			if inRight.HasAll(ca) && inLeft.HasAll(cb) {
				a, b, ca, cb = b, a, cb, ca
			}
			if len(ca) > 0 && len(cb) > 0 && inLeft.HasAll(ca) && inRight.HasAll(cb) {
				leftExprs, rightExprs = append(leftExprs, a), append(rightExprs, b)
				j.nullSafe = append(j.nullSafe, e.(*plan.Call).Function.Name == plan.NotDistinct)
				continue
			}
		}
		j.rest = append(j.rest, e)
		j.noteRange(e, inLeft, inRight)
	}
	var err error
	if j.left, j.leftKeys, err = j.keyColumns(j.left, leftExprs); err != nil {
		return err
	}
	j.right, j.rightKeys, err = j.keyColumns(j.right, rightExprs)
	return err
}

// keyColumns computes keys that are no columns.
func (j *joinLowering) keyColumns(r *rel, list []plan.Expr) (*rel, []int, error) {
	es, err := exprs(list, r.cols)
	if err != nil {
		return nil, nil, err
	}
	names := make([]plan.Column, len(es))
	for i, e := range es {
		names[i] = plan.Column{Name: "key", Type: e.Type()}
	}
	out, places := j.with(r, es, names)
	return out, places, nil
}

// sameKeys tells whether values of two types that are equal have the same key: the integers are one kind of key, and so are floats
// and strings.
func sameKeys(a, b types.Type) bool {
	return a.OID == b.OID || keyFamily(a.OID) != 0 && keyFamily(a.OID) == keyFamily(b.OID)
}

var keyFamilies = map[types.OID]int{
	types.OIDInt2: 1, types.OIDInt4: 1, types.OIDInt8: 1, types.OIDOID: 1,
	types.OIDFloat4: 2, types.OIDFloat8: 2,
	types.OIDText: 3, types.OIDVarchar: 3, types.OIDName: 3,
}

func keyFamily(oid types.OID) int {
	return keyFamilies[oid]
}

// noteRange notes an inequality between a time of one side and one of the other.
func (j *joinLowering) noteRange(e plan.Expr, inLeft, inRight plan.ColumnSet) {
	r, ok := j.timeRange(e)
	r.lowLeft = inLeft.Has(r.low)
	if ok && (r.lowLeft && inRight.Has(r.high) || !r.lowLeft && inRight.Has(r.low) && inLeft.Has(r.high)) {
		j.ranges = append(j.ranges, r)
	}
}

// timeRange takes an inequality between two times apart.
func (l *lowering) timeRange(e plan.Expr) (r timeRange, ok bool) {
	c, ok := e.(*plan.Call)
	if !ok || len(c.Args) != 2 {
		return r, false
	}
	low, high := c.Args[0], c.Args[1]
	switch c.Function.Name {
	case "<", "<=":
	case ">", ">=":
		low, high = high, low
	default:
		return r, false
	}
	lowColumn, lowBy, _, ok := l.timePlus(low)
	if !ok {
		return r, false
	}
	highColumn, _, highBy, ok := l.timePlus(high)
	if !ok || lowColumn.Typ.OID != highColumn.Typ.OID {
		return r, false
	}
	// low + lowBy <= high + highBy: the shortest of the one and the longest of the other give the bound that is safe.
	return timeRange{low: lowColumn.ID, high: highColumn.ID, shift: highBy - lowBy}, true
}

// timePlus takes column, column + interval and column - interval apart; what is added lies between least and most microseconds.
func (l *lowering) timePlus(e plan.Expr) (c *plan.ColumnRef, least, most int64, ok bool) {
	if c, ok := e.(*plan.ColumnRef); ok {
		return c, 0, 0, isTimestamp(c.Typ)
	}
	call, ok := e.(*plan.Call)
	if !ok || len(call.Args) != 2 || call.Function.Name != "+" && call.Function.Name != "-" {
		return nil, 0, 0, false
	}
	c, isColumn := call.Args[0].(*plan.ColumnRef)
	v, isConst := call.Args[1].(*plan.Const)
	if !isColumn || !isConst || v.Value.Null || v.Typ.OID != types.OIDInterval || !isTimestamp(c.Typ) {
		return nil, 0, 0, false
	}
	least, most = l.span(datetime.DecodeInterval(v.Value.Bytes))
	if call.Function.Name == "-" {
		least, most = -most, -least
	}
	return c, least, most, true
}

func isTimestamp(t types.Type) bool {
	return t.OID == types.OIDTimestamp || t.OID == types.OIDTimestamptz
}

// lower makes the node.
func (j *joinLowering) lower() (*rel, error) {
	spec := &flow.Join{
		Kind: j.kind, Left: j.left.types(), Right: j.right.types(), LeftKeys: j.leftKeys, RightKeys: j.rightKeys, NullSafe: j.nullSafe,
		LeftTable: -1, RightTable: -1, LeftLate: -1, RightLate: -1, Lookup: j.lookup,
		AppendOnly: j.left.appendOnly && j.right.appendOnly && !j.OneShot,
	}
	both := append(slices.Clone(j.left.cols), j.right.cols...)
	if cond := plan.And(j.rest...); cond != nil {
		var err error
		if spec.Cond, err = Expr(cond, both); err != nil {
			return nil, err
		}
	}
	r := rel{cols: both}
	twoSided := true
	switch j.kind {
	case flow.SemiJoin, flow.AntiJoin, flow.NotInJoin:
		r.cols, twoSided = j.left.cols, false
	case flow.InnerJoin, flow.LeftJoin, flow.FullJoin:
	}
	r.stream = j.left.stream || twoSided && j.right.stream
	r.appendOnly = j.left.appendOnly && j.right.appendOnly && (j.kind == flow.InnerJoin || j.kind == flow.SemiJoin)
	if j.kind != flow.FullJoin {
		r.dist = slices.Clone(j.leftKeys)
	}
	leftBy, rightBy := j.leftKeys, j.rightKeys
	if j.kind == flow.NotInJoin { // a null on the right, and whether there is anything, concerns every left row
		leftBy, rightBy = nil, nil
	}
	if len(leftBy) == 0 {
		r.dist = []int{}
	}
	if j.lookup {
		r.stream, r.appendOnly, r.times = j.left.stream, true, j.left.times
		j.usesLeft = true
		j.timeless()
	} else if !j.OneShot {
		j.bounds(spec, &r, twoSided)
		j.timeless()
		if j.left.stream && spec.LeftBound == nil || j.right.stream && spec.RightBound == nil {
			j.noticeUnbounded()
		}
	}
	if !twoSided {
		r.key = j.left.key
	}
	out := j.add(spec, r, exchange(j.left, leftBy), exchange(j.right, rightBy))
	return j.dropKeys(out, twoSided), nil
}

// dropKeys takes out the columns that were added for keys.
func (j *joinLowering) dropKeys(out *rel, twoSided bool) *rel {
	left, right := len(j.left.cols), len(j.right.cols)
	if left == j.leftCols && (!twoSided || right == j.rightCols) {
		return out
	}
	var places []int
	for i := range j.leftCols {
		places = append(places, i)
	}
	if twoSided {
		for i := range j.rightCols {
			places = append(places, left+i)
		}
	}
	cols := make([]plan.Column, len(places))
	for i, p := range places {
		cols[i] = out.cols[p]
	}
	return j.pick(out, places, cols)
}

// bounds finds when rows of each side can have no partner any more: by equal times (windows), or by a range between times.
func (j *joinLowering) bounds(spec *flow.Join, out *rel, twoSided bool) {
	var left, right []timeColumn
	var causes []cause
	for i := range j.leftKeys {
		lt, okL := j.left.time(j.leftKeys[i])
		rt, okR := j.right.time(j.rightKeys[i])
		if okL && okR {
			shift := max(lt.Shift, rt.Shift)
			lt.Shift, rt.Shift = shift, shift
			left, right = append(left, lt), append(right, rt)
			j.usesLeft, j.usesRight = true, true
		}
	}
	for _, r := range j.ranges {
		lowSide, highSide, dead := j.right, j.left, &left
		if r.lowLeft {
			lowSide, highSide, dead = j.left, j.right, &right
		}
		if len(highSide.times) == 0 && (!highSide.stream || highSide.punctual) {
			continue // rows of a table without a watermark are never late, and by one that is not known here nobody can tell
		}
		// A row with time high has partners only up to high + shift.
		if t, ok := lowSide.time(lowSide.place(r.low)); ok {
			end := newTime(highSide.place(r.high), r.shift+t.Shift)
			own, timed := highSide.time(end.Column)
			if !timed {
				timed = j.outlives(highSide, r, t)
			} else { // its rows are late by this bound, too: not before its own watermark, though their partners may all be earlier ones
				end.Shift = max(end.Shift, own.Shift)
			}
			*dead = append(*dead, end)
			causes = append(causes, cause{end, newTime(lowSide.place(r.low), t.Shift), r.lowLeft})
			j.usesLeft, j.usesRight = j.usesLeft || r.lowLeft || timed, j.usesRight || !r.lowLeft || timed
		}
	}
	if len(left) == 0 {
		left = j.closingTimes(j.left, j.right)
		j.usesLeft = j.usesLeft || len(left) > 0
	}
	if len(right) == 0 && j.kind == flow.InnerJoin {
		right = j.closingTimes(j.right, j.left)
		j.usesRight = j.usesRight || len(right) > 0
	}
	if t, ok := first(left); ok {
		spec.LeftBound = j.boundOf(j.left, t)
		out.times = append(out.times, j.left.sameWindow(t)...)
	}
	if t, ok := first(right); ok {
		spec.RightBound = j.boundOf(j.right, t)
		if twoSided {
			out.times = append(out.times, t.at(t.Column+len(j.left.cols)))
		}
	}
	j.punctual(spec, causes, left, right)
}

// closingTimes are the times of a side by which a grouping above closes. What the other side still brings for a closed group is not known to be late: its
// partners have gone (docs/adr/0006-late-rows.md).
func (j *joinLowering) closingTimes(side, other *rel) []timeColumn {
	times := side.timesIn(j.closing)
	if t, ok := first(times); ok && other.stream {
		j.notice("the join keeps a row until the groups by " + strconv.Quote(side.cols[t.Column].Name) + " that it is in are closed: " +
			"what the other side brings later for a closed group is left out, and not counted as late")
	}
	return times
}

// outlives tells whether a row may come in time by its own side's watermark although range r, by the other side's time low, says that all its partners are
// earlier ones. It notes that such a row ends with its own time. It does not if the range begins at that time and rows without partners are not shown:
// then the range of such a row is empty, and nobody misses it.
func (j *joinLowering) outlives(side *rel, r timeRange, low timeColumn) bool {
	own, ok := first(side.times)
	if !ok {
		return false
	}
	begins := func(b timeRange) bool {
		t, ok := side.time(side.place(b.low))
		return ok && b.high == r.low && b.shift+t.Shift <= low.Shift
	}
	shown := j.kind == flow.FullJoin || side == j.left && j.kind != flow.InnerJoin && j.kind != flow.SemiJoin
	if !shown && slices.ContainsFunc(j.ranges, func(b timeRange) bool { return b.lowLeft != r.lowLeft && begins(b) }) {
		return false
	}
	if j.own == nil {
		j.own = map[plan.ColumnID]timeColumn{}
	}
	j.own[r.high] = own
	return true
}

// boundOf is when rows of a side are dropped by a time t, and late.
func (j *joinLowering) boundOf(side *rel, t timeColumn) flow.Expr {
	b := bound(side, t)
	if own, ok := j.own[side.cols[t.Column].ID]; ok {
		return &flow.Call{Function: fn.LaterBound, Args: []flow.Expr{b, bound(side, own)}, Typ: bigint}
	}
	return b
}

// cause is why rows of a side end at a time: by then the other side, the left one or the right one, has come as far as low.
type cause struct {
	end, low timeColumn
	lowLeft  bool
}

// punctual makes rows late that come when partners of theirs have been dropped already, though they themselves have not ended.
func (j *joinLowering) punctual(spec *flow.Join, causes []cause, left, right []timeColumn) {
	for _, c := range causes {
		ends, own := left, right
		if c.lowLeft {
			ends, own = right, left
		}
		if t, ok := first(ends); !ok || t.Column != c.end.Column || t.Shift != c.end.Shift {
			continue // another bound was chosen
		}
		if t, ok := first(own); ok && t.Column == c.low.Column && t.Shift <= c.low.Shift {
			continue // they have ended by then
		}
		if c.lowLeft {
			spec.LeftPunctual = append(spec.LeftPunctual, bound(j.left, c.low))
		} else {
			spec.RightPunctual = append(spec.RightPunctual, bound(j.right, c.low))
		}
	}
}

// timeless takes a side whose time nothing depends on out of the join's: a table would hold the watermark back for ever.
func (j *joinLowering) timeless() {
	free := func(r *rel) *rel {
		c := *r
		c.times = nil
		return j.add(&flow.Timeless{}, c, local(r))
	}
	switch {
	case j.usesLeft && !j.usesRight:
		j.right = free(j.right)
	case j.usesRight && !j.usesLeft:
		j.left = free(j.left)
	}
}

// sameWindow is a time column, and the other bound of its window: state that expires by the one expires by the other.
func (r *rel) sameWindow(t timeColumn) []timeColumn {
	out := []timeColumn{t}
	for _, u := range r.times {
		// The shifts must agree with those of the bound that was chosen, which may be later than the column's own.
		if own, ok := r.time(t.Column); ok && t.window != 0 && u.window == t.window && u.Column != t.Column {
			out = append(out, timeColumn{flow.TimeColumn{Column: u.Column, Shift: u.Shift + t.Shift - own.Shift}, u.window})
		}
	}
	return out
}

// timesIn are the time columns that are in a set.
func (r *rel) timesIn(set plan.ColumnSet) []timeColumn {
	var out []timeColumn
	for _, t := range r.times {
		if set.Has(r.cols[t.Column].ID) {
			out = append(out, t)
		}
	}
	return out
}

// first is the time column with the least shift.
func first(list []timeColumn) (best timeColumn, ok bool) {
	for _, t := range list {
		if !ok || t.Shift < best.Shift {
			best, ok = t, true
		}
	}
	return best, ok
}

func errLookup() error {
	return pgerr.New(pgerr.FeatureNotSupported, "FOR SYSTEM_TIME AS OF proctime() for rows that can be taken back is not supported in a view that is kept fresh").
		WithHint("Leave it out: the view then follows the changes of both sides.")
}

func (l *lowering) noticeUnbounded() {
	l.notice("the join keeps every row of a stream: the view's state grows without bound; " +
		"a condition that bounds the time between both sides, or equal windows, would bound it")
}
