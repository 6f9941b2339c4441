package operators

import (
	"math"
	"math/bits"
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
)

// localClasses are classes of rows: the rows of one are the same in the keys and filters, in what is null, and in their pane. A class is found by
// three words: key, which is the value of the one key of integers, or the hash of the other keys' values, which are compared then; pane; and mask,
// which has the filters and what is null.
type localClasses struct {
	spec    *flow.LocalAggregate
	byInt   int          // the column that key is, -1 for none
	window  int          // the column that pane is, if there are no panes; -1 for none
	cols    []int        // the other keys
	encoder *key.Encoder // of these
	masked  []localMask
	panes   []int64 // of the rows of the batch

	slots   []int32 // open addressing: 1 + a class, or 0
	words   []classWords
	heads   *batch.Batch // a row of each class: columns of heads that are not alike in it have nothing
	keys    []uint64     // of the rows of the batch
	scratch []byte
	masks   []uint64
	fresh   []int32 // rows that are the first of their class
}

type classWords struct {
	key  uint64
	pane int64
	mask uint64
}

// localMask is a column of the input that has bits in the mask.
type localMask struct {
	column int
	null   uint64
	truth  uint64 // 0 for what is no boolean
}

func newLocalClasses(spec *flow.LocalAggregate) localClasses {
	c := localClasses{spec: spec, byInt: -1, window: -1, slots: make([]int32, localSlots)}
	bit := uint64(1)
	for i, role := range spec.Roles {
		if role == flow.LocalAny || role == flow.LocalPane {
			continue
		}
		m := localMask{column: i, null: bit}
		switch {
		case role == flow.LocalSame && spec.Columns[i].Kind() == types.Bool:
			m.truth = bit << 1
		case role == flow.LocalWindow && c.window < 0:
			c.window = i
		case role == flow.LocalSame:
			c.cols = append(c.cols, i)
		}
		c.masked = append(c.masked, m)
		bit <<= 2
	}
	c.heads = batch.New(spec.Columns...)
	if len(c.cols) == 1 && spec.Columns[c.cols[0]].Kind() == types.Int64 {
		c.byInt, c.cols = c.cols[0], nil
	}
	if len(c.cols) > 0 {
		var forms []key.Column
		for _, col := range c.cols {
			forms = append(forms, key.Asc(spec.Columns[col]))
		}
		c.encoder = key.NewEncoder(forms...)
	}
	return c
}

func (c *localClasses) len() int { return len(c.words) }

// find appends the classes of the listed rows of a batch.
func (c *localClasses) find(dst []int32, b *batch.Batch, rows []int32) []int32 {
	c.wordsOf(b)
	c.fresh = c.fresh[:0]
	panes := c.panes
	if c.window >= 0 {
		panes = b.Cols[c.window].Ints
	}
	for _, i := range rows {
		w := classWords{key: c.keys[i], mask: c.masks[i]}
		if panes != nil {
			w.pane = panes[i]
		}
		dst = append(dst, c.class(&w, b, i))
	}
	for i, role := range c.spec.Roles {
		switch role {
		case flow.LocalAny, flow.LocalSame, flow.LocalWindow, flow.LocalPresent:
			if !slices.Contains(c.cols, i) {
				c.heads.Cols[i].Gather(&b.Cols[i], c.fresh)
			}
		case flow.LocalSum, flow.LocalMin, flow.LocalMax, flow.LocalDistinct, flow.LocalPane:
		}
	}
	return dst
}

// wordsOf computes keys and masks of the rows of a batch.
func (c *localClasses) wordsOf(b *batch.Batch) {
	n := b.Len()
	c.masks = slices.Grow(c.masks[:0], n)[:n]
	clear(c.masks)
	for _, m := range c.masked {
		m.add(c.masks, &b.Cols[m.column])
	}
	if c.encoder != nil {
		c.keys, c.scratch = c.encoder.Hash(c.keys[:0], c.scratch, b, c.cols)
		return
	}
	c.keys = slices.Grow(c.keys[:0], n)[:n]
	if c.byInt < 0 {
		clear(c.keys)
		return
	}
	for i, x := range b.Cols[c.byInt].Ints {
		c.keys[i] = uint64(x)
	}
}

// add sets the bits of a column.
func (m localMask) add(masks []uint64, v *batch.Vec) {
	if v.HasNulls() {
		for i := range masks {
			if v.IsNull(i) {
				masks[i] |= m.null
			}
		}
	}
	if m.truth == 0 {
		return
	}
	for i, x := range v.Bools {
		if x {
			masks[i] |= m.truth
		}
	}
}

func (w *classWords) hash() uint64 {
	return localHash(w.key^bits.RotateLeft64(w.mask, 40), uint64(w.pane))
}

// class is the class of row i of a batch, which has some words and is the first of the class if that is new.
func (c *localClasses) class(w *classWords, b *batch.Batch, i int32) int32 {
	hash := w.hash()
	mask := uint64(len(c.slots) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		n := c.slots[at] - 1
		if n < 0 {
			return c.begin(w, b, i, at)
		}
		if c.words[n] == *w && (c.encoder == nil || c.same(int(n), b, int(i))) {
			return n
		}
	}
}

// same tells whether a class has the keys of a row, which has its hash and is null where it is.
func (c *localClasses) same(class int, b *batch.Batch, i int) bool {
	for _, col := range c.cols {
		x, y := &c.heads.Cols[col], &b.Cols[col]
		if x.Kind() == types.Bytes {
			if string(x.Data[x.Offsets[class]:x.Offsets[class+1]]) != string(y.Data[y.Offsets[i]:y.Offsets[i+1]]) {
				return false
			}
		} else if !sameValue(x, class, y, i) {
			return false
		}
	}
	return true
}

// begin makes the class of row i of a batch, at a free slot.
func (c *localClasses) begin(w *classWords, b *batch.Batch, i int32, at uint64) int32 {
	n := int32(len(c.words))
	c.slots[at] = n + 1
	c.words, c.fresh = append(c.words, *w), append(c.fresh, i)
	for _, col := range c.cols {
		c.heads.Cols[col].AppendFrom(&b.Cols[col], int(i))
	}
	if 2*len(c.words) > len(c.slots) {
		c.slots = moreSlots(c.slots, len(c.words), func(n int) uint64 { return c.words[n].hash() })
	}
	return n
}

// localHash mixes two words.
func localHash(x, y uint64) uint64 {
	h := (bits.RotateLeft64(y*0x9e3779b97f4a7c15, 29) ^ x) * 0xbf58476d1ce4e5b9
	return h ^ h>>32
}

// localSlots is how many slots open addressing begins with: most views are small.
const localSlots = 64

// moreSlots is twice as many slots, with n elements in them.
func moreSlots(slots []int32, n int, hash func(int) uint64) []int32 {
	slots = make([]int32, 2*len(slots))
	mask := uint64(len(slots) - 1)
	for i := range n {
		at := hash(i) & mask
		for slots[at] != 0 {
			at = (at + 1) & mask
		}
		slots[at] = int32(i) + 1
	}
	return slots
}

// appendTo appends the rows of classes but for the columns that are summed up.
func (c *localClasses) appendTo(out *batch.Batch, classes []int32) {
	for i, role := range c.spec.Roles {
		v := &out.Cols[i]
		switch role {
		case flow.LocalAny, flow.LocalSame, flow.LocalWindow, flow.LocalPresent:
			v.Gather(&c.heads.Cols[i], classes)
		case flow.LocalDistinct:
			for range classes {
				v.AppendNull()
			}
		case flow.LocalPane:
			for _, n := range classes {
				v.Ints = append(v.Ints, c.words[n].pane)
			}
		case flow.LocalSum, flow.LocalMin, flow.LocalMax:
		}
	}
}

// appendNulls makes the columns of sums null in the rows of classes that have nothing there.
func (c *localClasses) appendNulls(out *batch.Batch, classes []int32) {
	for _, m := range c.masked {
		switch c.spec.Roles[m.column] {
		case flow.LocalSum, flow.LocalMin, flow.LocalMax:
		case flow.LocalAny, flow.LocalSame, flow.LocalWindow, flow.LocalPresent, flow.LocalDistinct, flow.LocalPane:
			continue
		}
		for i, n := range classes {
			if c.words[n].mask&m.null != 0 {
				out.Cols[m.column].SetNull(i)
			}
		}
	}
}

func (c *localClasses) reset() {
	clear(c.slots)
	c.words = c.words[:0]
	for i := range c.heads.Cols {
		c.heads.Cols[i].Reset()
	}
}

// localSum is a column that is summed up, or of which the least or the greatest is looked for: a value for each class.
type localSum struct {
	column int
	role   flow.LocalRole
	values []int64
}

// markLarge marks the rows whose values are too large to be summed up, or that come more than once.
func (s *localSum) markLarge(raw []bool, b *batch.Batch) {
	for i, diff := range b.Diff {
		raw[i] = raw[i] || diff != 1 && (diff != -1 || s.role != flow.LocalSum)
	}
	if s.role != flow.LocalSum {
		return
	}
	for i, x := range b.Cols[s.column].Ints {
		raw[i] = raw[i] || x < -localSumMax || x > localSumMax
	}
}

// begin begins the value of a class, of which the given one is among those that will be added.
func (s *localSum) begin(class int32, x int64) {
	if s.role == flow.LocalSum {
		x = 0
	}
	s.values[class] = x
}

// add adds rows to their classes.
func (s *localSum) add(b *batch.Batch, rows, classes []int32) {
	x := b.Cols[s.column].Ints
	switch s.role {
	case flow.LocalMin:
		for k, i := range rows {
			s.values[classes[k]] = min(s.values[classes[k]], x[i])
		}
	case flow.LocalMax:
		for k, i := range rows {
			s.values[classes[k]] = max(s.values[classes[k]], x[i])
		}
	default:
		if len(b.Diff) == 0 {
			for k, i := range rows {
				s.values[classes[k]] += x[i]
			}
			return
		}
		for k, i := range rows {
			s.values[classes[k]] += x[i] * b.Diff[i]
		}
	}
}

// appendTo appends the values of classes for their first rows, and what changes nothing for the others.
func (s *localSum) appendTo(v *batch.Vec, classes, first []int32) {
	for k, c := range classes {
		switch {
		case first[k] != 0:
			v.Ints = append(v.Ints, s.values[c])
		case s.role == flow.LocalSum:
			v.Ints = append(v.Ints, 0)
		default:
			v.AppendNull()
		}
	}
}

// localOnce remembers which integers of a column have been handed on in which class: not all of them, for each slot has the last one.
type localOnce struct {
	column int
	slots  []onceSlot
	taken  int // slots that have been taken since there were twice as many
}

type onceSlot struct {
	value int64
	class int32 // 1 + the class, 0 for none
}

func (s *onceSlot) hash() uint64 { return localHash(uint64(s.value), uint64(s.class)) }

// onceSlots is how many integers a localOnce remembers at most.
const onceSlots = 1 << 15

func newLocalOnce(column int) *localOnce {
	return &localOnce{column: column, slots: make([]onceSlot, localSlots)}
}

// markNew marks the rows whose integer is not known to have been handed on: it will be now.
func (o *localOnce) markNew(raw []bool, b *batch.Batch, rows, classes []int32) {
	v := &b.Cols[o.column]
	nulls := v.HasNulls()
	for k, i := range rows {
		if nulls && v.IsNull(int(i)) {
			continue
		}
		n := onceSlot{v.Ints[i], classes[k] + 1}
		s := &o.slots[n.hash()&uint64(len(o.slots)-1)]
		if *s != n {
			*s, raw[i] = n, true
			if o.taken++; o.taken > len(o.slots) && len(o.slots) < onceSlots {
				o.grow()
			}
		}
	}
}

func (o *localOnce) grow() {
	old := o.slots
	o.slots, o.taken = make([]onceSlot, 2*len(old)), 0
	for _, s := range old {
		o.slots[s.hash()&uint64(len(o.slots)-1)] = s
	}
}

// forget forgets the integers of all classes.
func (o *localOnce) forget() { clear(o.slots) }

// Times between which panes are counted in: those that are as good as infinite are in none, and no pane begins before the first time there is.
const (
	minPaneTime = math.MinInt64 / 2
	maxPaneTime = math.MaxInt64 / 2
)
