package types

// CastContext says where a cast is made without being asked for (PostgreSQL 15, 52.10). Each includes those before it.
type CastContext uint8

// The contexts.
const (
	Implicit   CastContext = iota // anywhere in an expression
	Assignment                    // when a value is stored in a column
	Explicit                      // only where CAST or :: asks
)

// CastMethod says how a cast is made.
type CastMethod uint8

// The methods.
const (
	Binary      CastMethod = iota // the value stays as it is; integer and oid wrap at 32 bits
	ByFunction                    // by a conversion
	ThroughText                   // by the output function of the one type and the input function of the other
	Elementwise                   // an array, each element by its own cast
)

// Cast is a cast between two types.
type Cast struct {
	From, To OID
	Context  CastContext
	Method   CastMethod
}

type castKey struct{ from, to OID }

var castIndex = func() map[castKey]Cast {
	m := make(map[castKey]Cast, len(castTable))
	for _, c := range castTable {
		m[castKey{c.From, c.To}] = c
	}
	return m
}()

// Casts returns the recorded casts, for pg_cast. It must not be changed.
func Casts() []Cast { return castTable }

// FindCast finds the cast between two types: a recorded one, that of arrays by their elements, or the one through text that every
// type has from and to strings (find_coercion_pathway of parse_coerce.c). A constant of type unknown is read by the input function
// of any type. ok is false if there is no cast.
func FindCast(from, to OID) (c Cast, ok bool) {
	if from == to {
		return Cast{from, to, Implicit, Binary}, true
	}
	if from == OIDUnknown {
		return Cast{from, to, Implicit, ThroughText}, true
	}
	if c, ok := castIndex[castKey{from, to}]; ok {
		return c, true
	}
	source, ok1 := infoOf(from)
	target, ok2 := infoOf(to)
	if !ok1 || !ok2 {
		return Cast{}, false
	}
	// int2vector and oidvector are arrays to cast from, not to cast to.
	if source.Elem != 0 && target.Elem != 0 && target.Name[0] == '_' {
		if elem, ok := FindCast(source.Elem, target.Elem); ok && elem.Method != ThroughText {
			return Cast{from, to, elem.Context, Elementwise}, true
		} else if ok && elem.Context != Implicit {
			return Cast{from, to, elem.Context, Elementwise}, true
		}
	}
	const stringCategory = 'S'
	switch {
	case target.Category == stringCategory && (source.Category != 'P' || from == OIDRecord):
		return Cast{from, to, Assignment, ThroughText}, true
	case source.Category == stringCategory && target.Category != 'P':
		return Cast{from, to, Explicit, ThroughText}, true
	}
	return Cast{}, false
}
