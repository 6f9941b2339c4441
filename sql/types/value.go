package types

// Value is one value in its physical form, the way vectors hold rows of them. It is for the places that work on single
// values: constants, parameters, catalog rows. Kernels work on vectors.
type Value struct {
	// Null tells that there is no value; the other fields then mean nothing.
	Null bool
	// Int is the value of kind Int64, and of kind Bool as 0 or 1.
	Int int64
	// Float is the value of kind Float64.
	Float float64
	// Bytes is the value of kind Bytes. It is borrowed: whoever keeps a Value copies it.
	Bytes []byte
}

// NullValue is SQL's NULL.
var NullValue = Value{Null: true}

// BoolValue returns a value of kind Bool.
func BoolValue(b bool) Value {
	if b {
		return Value{Int: 1}
	}
	return Value{}
}

// IntValue returns a value of kind Int64.
func IntValue(n int64) Value { return Value{Int: n} }

// FloatValue returns a value of kind Float64.
func FloatValue(f float64) Value { return Value{Float: f} }

// BytesValue returns a value of kind Bytes, which borrows b.
func BytesValue(b []byte) Value { return Value{Bytes: b} }

// TextValue returns a value of kind Bytes.
func TextValue(s string) Value { return Value{Bytes: []byte(s)} }

// Bool returns the value of kind Bool.
func (v Value) Bool() bool { return v.Int != 0 }
