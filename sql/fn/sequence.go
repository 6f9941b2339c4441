package fn

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// Sequences is the power of a Session to give values of sequences. Without it the functions of this file are not supported.
type Sequences interface {
	// NextValue advances a sequence and returns its new value; it is never given out again, whatever becomes of the transaction.
	NextValue(sequence types.OID) (int64, error)
	// CurrentValue is the value that this session has got last, LastValue that of any sequence.
	CurrentValue(sequence types.OID) (int64, error)
	LastValue() (int64, error)
	// SetValue says where a sequence goes on: behind value if called, else with it.
	SetValue(sequence types.OID, value int64, called bool) (int64, error)
}

// sequenceRow makes the kernel of a function that asks for a number of a sequence.
func sequenceRow(name string, f func(c *Call, s Sequences, i int) (int64, error)) Kernel {
	return sessionRow(name, func(c *Call, session Session, i int) error {
		s, ok := session.(Sequences)
		if !ok {
			return pgerr.Newf(pgerr.FeatureNotSupported, "%s() needs a session with sequences", name)
		}
		n, err := f(c, s, i)
		if err == nil {
			c.putInt(n)
		}
		return err
	})
}

func sequenceFunctions() []*Function {
	oid := func(c *Call, i int) types.OID { return types.OID(c.int(0, i)) }
	return []*Function{
		def("nextval(regclass) int8", sequenceRow("nextval", func(c *Call, s Sequences, i int) (int64, error) {
			return s.NextValue(oid(c, i))
		}), "advances a sequence and returns its new value").volatile(),
		def("currval(regclass) int8", sequenceRow("currval", func(c *Call, s Sequences, i int) (int64, error) {
			return s.CurrentValue(oid(c, i))
		}), "the value that nextval has last given in this session for a sequence").volatile(),
		def("lastval() int8", sequenceRow("lastval", func(_ *Call, s Sequences, _ int) (int64, error) {
			return s.LastValue()
		}), "the value that nextval has last given in this session").volatile(),
		def("setval(regclass, int8) int8", sequenceRow("setval", func(c *Call, s Sequences, i int) (int64, error) {
			return s.SetValue(oid(c, i), c.int(1, i), true)
		}), "sets the value that a sequence has given last").volatile(),
		def("setval(regclass, int8, bool) int8", sequenceRow("setval", func(c *Call, s Sequences, i int) (int64, error) {
			return s.SetValue(oid(c, i), c.int(1, i), c.bool(2, i))
		}), "sets the value that a sequence has given last, or if the third argument is false gives next").volatile(),
	}
}
