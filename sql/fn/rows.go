package fn

import (
	"errors"
	"unsafe"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Most functions are written for one row, and a loop is put around them: what they do in a row costs far more than the call.
// Those that do less have loops of their own.

// rowFunc computes row i of a call: it puts one value, or returns an error.
type rowFunc func(c *Call, i int) error

// perRow makes the kernel of a strict function of one for rows.
func perRow(f rowFunc) Kernel {
	return func(c *Call) {
		for i := range c.Rows {
			if c.anyNull(i) {
				c.pad()
				continue
			}
			if c.row(f, i); len(c.Out.Data) >= batch.BytesMax && c.full(i) {
				c.padFrom(i + 1)
				return
			}
		}
	}
}

// padFrom puts what rows without a value have for all from the i-th on.
func (c *Call) padFrom(i int) {
	for range c.Rows - i {
		c.pad()
	}
}

// perRowNulls makes the kernel of a function that wants to see nulls.
func perRowNulls(f rowFunc) Kernel {
	return func(c *Call) {
		for i := range c.Rows {
			if c.row(f, i); len(c.Out.Data) >= batch.BytesMax && c.full(i) {
				c.padFrom(i + 1)
				return
			}
		}
	}
}

func (c *Call) row(f rowFunc, i int) {
	before := len(c.Out.Data)
	err := f(c, i)
	if size := len(c.Out.Data) - before; size > maxText-varHeader && err == nil {
		c.Out.Data, c.Out.Offsets = c.Out.Data[:before], c.Out.Offsets[:len(c.Out.Offsets)-1]
		err = notAllocated(size)
	}
	if err != nil {
		c.drop()
		c.pad()
		c.fail(i, err)
	}
}

// drop takes back the bytes of a value that was begun.
func (c *Call) drop() {
	if c.Out.Kind() == types.Bytes {
		c.Out.Data = c.Out.Data[:c.Out.Offsets[len(c.Out.Offsets)-1]]
	}
}

// fail records an error for a row.
func (c *Call) fail(i int, err error) {
	c.Errors.Add(i, asError(err))
}

func asError(err error) *pgerr.Error {
	var e *pgerr.Error
	if errors.As(err, &e) {
		return e
	}
	return pgerr.New(pgerr.InternalError, err.Error())
}

func (c *Call) anyNull(i int) bool {
	for k := range c.Args {
		if c.isNull(k, i) {
			return true
		}
	}
	return false
}

// pad puts the value that a row without one has.
func (c *Call) pad() {
	switch c.Out.Kind() {
	case types.Bool:
		c.putBool(false)
	case types.Int64:
		c.putInt(0)
	case types.Float64:
		c.putFloat(0)
	case types.Bytes:
		c.Out.FinishBytes()
	}
}

func (c *Call) isNull(k, i int) bool {
	a := &c.Args[k]
	return a.HasNulls() && a.IsNull(i&a.mask())
}

func (c *Call) int(k, i int) int64 {
	a := &c.Args[k]
	return a.Ints[i&a.mask()]
}

func (c *Call) bool(k, i int) bool {
	a := &c.Args[k]
	return a.Bools[i&a.mask()]
}

func (c *Call) float(k, i int) float64 {
	a := &c.Args[k]
	return a.Floats[i&a.mask()]
}

// bytes is borrowed.
func (c *Call) bytes(k, i int) []byte {
	a := &c.Args[k]
	return a.BytesAt(i & a.mask())
}

// text is a view of the bytes, borrowed like them: whoever keeps it clones it.
func (c *Call) text(k, i int) string { return view(c.bytes(k, i)) }

func (c *Call) value(k, i int) types.Value {
	a := &c.Args[k]
	return a.Value(i & a.mask())
}

func (c *Call) typeOf(k int) types.Type { return c.Args[k].Type() }

func (c *Call) putInt(v int64)     { c.Out.Ints = append(c.Out.Ints, v) }
func (c *Call) putBool(v bool)     { c.Out.Bools = append(c.Out.Bools, v) }
func (c *Call) putFloat(v float64) { c.Out.Floats = append(c.Out.Floats, v) }
func (c *Call) putBytes(b []byte)  { c.Out.AppendBytes(b) }
func (c *Call) putText(s string)   { c.Out.AppendString(s) }
func (c *Call) putNull()           { c.Out.AppendNull() }

// putAppended puts the value whose bytes were appended to Out.Data, which is data now.
func (c *Call) putAppended(data []byte) {
	c.Out.Data = data
	c.Out.FinishBytes()
}

// putValue puts a value of Out's kind.
func (c *Call) putValue(v types.Value) { c.Out.Append(v) }

// putParsed puts a value that a codec appended to Out.Data.
func (c *Call) putParsed(v types.Value) {
	if c.Out.Kind() == types.Bytes {
		c.putAppended(v.Bytes)
		return
	}
	c.Out.Append(v)
}

// view is b as a string, without copying.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// scratch returns the call site's scratch, which is made when it is first asked for.
func scratch[T any](c *Call) *T {
	if s, ok := c.Scratch.(*T); ok {
		return s
	}
	s := new(T)
	c.Scratch = s
	return s
}
