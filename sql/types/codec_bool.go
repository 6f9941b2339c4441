package types

import "strings"

// boolWords are what parse_bool accepts, each with the shortest beginning that is enough.
var boolWords = []struct {
	word     string
	shortest int
	value    bool
}{{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false}, {"on", 2, true}, {"off", 2, false}, {"1", 1, true}, {"0", 1, false}}

func parseBool(_, text []byte, _ int32, _ *Settings) (Value, error) {
	b := trimSpace(text)
	if len(b) == 1 && (b[0] == 't' || b[0] == 'f') {
		return BoolValue(b[0] == 't'), nil
	}
	for _, w := range boolWords {
		if len(b) >= w.shortest && len(b) <= len(w.word) && strings.EqualFold(string(b), w.word[:len(b)]) {
			return BoolValue(w.value), nil
		}
	}
	return Value{}, invalidText("boolean", text)
}

func appendBool(dst []byte, v Value, _ *Settings) []byte {
	if v.Bool() {
		return append(dst, 't')
	}
	return append(dst, 'f')
}

func decodeBool(_, wire []byte, _ int32) (Value, error) {
	if err := byteSize(wire); err != nil {
		return Value{}, err
	}
	return BoolValue(wire[0] != 0), nil
}

func appendBoolBinary(dst []byte, v Value) []byte { return append(dst, byte(v.Int)) }
