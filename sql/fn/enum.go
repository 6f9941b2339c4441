package fn

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// enumLabels are the labels of the enum that the first argument, which may be null, has as its type.
func enumLabels(c *Call) ([]types.EnumLabel, error) {
	if s := c.settings(); s.Enums != nil {
		if e, ok := s.Enums.Enum(c.typeOf(0).OID); ok {
			if len(e.Labels) == 0 {
				return nil, pgerr.Newf("55000", "enum %s contains no values", e.Name)
			}
			return e.Labels, nil
		}
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "the values of an enum are not known here")
}

// enumEnd is enum_first and enum_last.
func enumEnd(last bool) Kernel {
	return perRowNulls(func(c *Call, _ int) error {
		labels, err := enumLabels(c)
		if err != nil {
			return err
		}
		l := labels[0]
		if last {
			l = labels[len(labels)-1]
		}
		c.putValue(types.EnumValue(l))
		return nil
	})
}

// enumRange is enum_range: all values, or those between two, where null is no bound.
func enumRange(c *Call, i int) error {
	labels, err := enumLabels(c)
	if err != nil {
		return err
	}
	codec, _ := types.CodecOf(c.typeOf(0).OID)
	var values []types.Value
	for _, l := range labels {
		v := types.EnumValue(l)
		if len(c.Args) > 1 && (!c.isNull(0, i) && codec.Compare(v, c.value(0, i)) < 0 || !c.isNull(1, i) && codec.Compare(v, c.value(1, i)) > 0) {
			continue
		}
		values = append(values, v)
	}
	v, err := types.MakeArray(c.typeOf(0).OID, values...)
	if err == nil {
		c.putValue(v)
	}
	return err
}

func enumFunctions() []*Function {
	return []*Function{
		def("enum_first(anyenum) anyenum", enumEnd(false), "first value of the argument's enum; the argument may be null").nulls().stable(),
		def("enum_last(anyenum) anyenum", enumEnd(true), "last value of the argument's enum; the argument may be null").nulls().stable(),
		def("enum_range(anyenum) anyarray", perRowNulls(enumRange), "all values of the argument's enum, in order; the argument may be null").nulls().stable(),
		def("enum_range(anyenum, anyenum) anyarray", perRowNulls(enumRange), "the values from one to another, in order; null is no bound").nulls().stable(),
	}
}
