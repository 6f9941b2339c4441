package operators

import (
	"unsafe"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// aggregate computes aggregate functions over groups.
//
// A group is a row of words in a state.Map: how many rows it has, and the states of the calls. Push finds the rows of a whole batch, and
// kernels (fn.AggState) add to them. What a group's output was before the tick is computed when the tick first touches it; EndTick
// computes what it is now, and emits the difference. Calls that need all values of a group have them in multisets, whose changes are
// gathered in Push and made in EndTick.
//
// Groups that expire together are a window, with a map of its own, which is dropped whole. An aggregate without a bound has one window.
type aggregate struct {
	groupStates
	env    Env
	table  *state.Table
	view   *groupsInView // nil: the table is the aggregate's own
	keys   groupKeys
	sets   []*multiset
	bound  *eval.Evaluator
	panes  *panes
	single bool // no keys: the group is there also without rows

	windows map[int64]*window
	only    *window // where there is no bound
	// expected is how many groups the window that went last had.
	expected int
	// closed is the watermark of the last tick: what is not above it is late.
	closed int64
	// lastStored is the greatest bound that was stored when it was looked for: windows above it are complete in memory.
	lastStored  int64
	foundStored bool
	ticks       uint64

	// What the tick has touched, in the order of touching, and what was emitted for them before: the calls' results.
	dirty    []dirtyGroup
	oldCount int
	// The values that have come to groups in the tick, and the words of a group: 1 + the place of the last of its own, and the blob of its last
	// pieces. The table has the pieces of before; nil: no multiset has members.
	came                 []cameValue
	cameWord, piecesWord int
	cameTable            *state.Table
	piece, pieces        []byte

	graves []grave
	pushScratch
	emitter
}

// A group's flags.
const (
	groupDirty   = 1 << iota // touched in this tick
	groupKnown               // what was stored has been read
	groupStored              // it is in the state table
	groupShown               // a row was emitted for it
	groupLoaded              // its multisets are in memory
	groupWaiting             // it is in graves
	groupPlain               // what was emitted for it last is known to have no errors
)

// window is groups that expire together.
type window struct {
	bound    int64
	start    int64 // of a sliding window
	groups   *state.Map
	complete bool         // a group that is not in memory is not stored either
	prefix   []byte       // of the keys of its groups in the state tables
	fixed    *batch.Batch // one row: the values of the keys that the bound determines
	// Of each multiset either an Ordered and its changes, key to diff, or distinct values, or members.
	sets     []*state.Ordered
	pending  []*state.Map
	distinct []*distinctValues
	members  []*members
	changed  bool // multisets have changes
	// Of groups that are kept in the view: how many this worker has added, and whether the tick has changed that.
	count   int64
	counted bool
	// most is how many rows a group has had at the most that was emitted, where only those with the most are wanted.
	most int64
	sel  []int32
	gone bool
}

type dirtyGroup struct {
	row unsafe.Pointer
	w   *window
	old int32 // its place in old, -1 if nothing was emitted
}

// grave is a group that has died, in a window that is not complete. It stays in memory as a group without rows until the store cannot give it
// back any more: the table may read an epoch from before its death.
type grave struct {
	row  unsafe.Pointer
	w    *window
	tick uint64
}

// graveTicks is for how many ticks a table may still give what was deleted: one epoch is committed while the next runs.
const graveTicks = 2

// pushScratch is memory that Push uses again.
type pushScratch struct {
	rows    []unsafe.Pointer
	fresh   []unsafe.Pointer
	freshAt []int32
	shown   []unsafe.Pointer
	active  []*window
	late    []int32
	lateAt  []int64
	bounds  []int64
	buf     []byte
	reader  groupReader
}

func newAggregate(spec *flow.Aggregate, env Env) *aggregate {
	a := &aggregate{env: env, table: env.Tables[spec.Table], windows: map[int64]*window{}, closed: env.closed()}
	a.keys = newGroupKeys(spec)
	places, _ := spec.MultisetTables()
	for i, m := range spec.Multisets() {
		s := newMultiset(spec, m, env.Tables[spec.Table+1+places[i]])
		s.place = i
		a.sets = append(a.sets, s)
		if s.joins {
			a.cameTable = s.table
		}
	}
	a.groupStates = newGroupStates(spec, a.keys.words(), a.sets)
	a.cameWord = a.words
	a.piecesWord = a.words + 1
	if a.cameTable != nil {
		a.words += 2
	}
	if spec.Bound != nil {
		a.bound = eval.Compile(spec.Bound)
	}
	if spec.Panes != nil {
		a.panes = newPanes(spec.Panes)
	}
	a.single = len(spec.Keys) == 0 && spec.Panes == nil && spec.Bound == nil
	if spec.Bound == nil && spec.Panes == nil {
		a.only = a.newWindow(0)
		a.only.complete = a.table.Fresh()
	}
	keys := spec.KeyTypes()
	if p := spec.Panes; p != nil {
		keys = append(keys, spec.Columns[p.Time], spec.Columns[p.Time])
	}
	a.emitter = newEmitter(&a.env, keys, spec.ResultTypes())
	a.view = newGroupsInView(spec, &a.env)
	return a
}

// windowsExpected is how many windows are open at most where one more is thought to get as many groups as the last: of very many most have few.
const windowsExpected = 64

func (a *aggregate) newWindow(bound int64) *window {
	w := &window{bound: bound, groups: state.NewMap(a.env.Pool, a.env.Owner, a.words)}
	if len(a.windows) < windowsExpected {
		w.groups.Expect(a.expected)
	}
	n := len(a.sets)
	w.sets, w.pending, w.distinct, w.members = make([]*state.Ordered, n), make([]*state.Map, n), make([]*distinctValues, n), make([]*members, n)
	for i, s := range a.sets {
		switch {
		case s.joins:
			w.members[i] = a.newMembers(s)
		case s.Distinct:
			w.distinct[i] = a.newDistinct(s)
		default:
			w.sets[i] = state.NewOrdered(a.env.Pool, a.env.Owner)
			w.pending[i] = state.NewMap(a.env.Pool, a.env.Owner, pendingWords)
		}
	}
	return w
}

// drop gives the memory of a window back.
func (w *window) drop() {
	w.groups.Reset()
	for i := range w.sets {
		switch {
		case w.members[i] != nil:
			w.members[i].reset()
		case w.distinct[i] != nil:
			w.distinct[i].entries.Reset()
		default:
			w.sets[i].Reset()
			w.pending[i].Reset()
		}
	}
	w.gone = true
}

// expires tells whether the groups have bounds.
func (a *aggregate) expires() bool {
	return a.spec.Bound != nil || a.spec.Panes != nil && a.spec.Panes.Expires
}

// there tells whether a group has a row in the output.
func (a *aggregate) there(row unsafe.Pointer) bool { return a.single || *countOf(row) != 0 }

// earlier tells whether a bound is one that the last tick's watermark has closed.
func (a *aggregate) earlier(bound int64) bool { return a.closed != op.NoWatermark && bound <= a.closed }
