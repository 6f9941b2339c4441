package types

import "github.com/freshetdb/freshet/sql/types/numeric"

func parseNumeric(dst, text []byte, mod int32, _ *Settings) (Value, error) {
	n, err := numeric.Parse(view(text), mod)
	if err != nil {
		return Value{}, err
	}
	return Value{Bytes: n.Append(dst)}, nil
}

func appendNumeric(dst []byte, v Value, _ *Settings) []byte {
	return numeric.Decode(v.Bytes).AppendText(dst)
}

func decodeNumeric(dst, wire []byte, mod int32) (Value, error) {
	n, err := numeric.DecodeBinary(wire, mod)
	if err != nil {
		return Value{}, err
	}
	return Value{Bytes: n.Append(dst)}, nil
}

func appendNumericBinary(dst []byte, v Value) []byte {
	return numeric.Decode(v.Bytes).AppendBinary(dst)
}

func compareNumerics(a, b Value) int { return numeric.CompareEncoded(a.Bytes, b.Bytes) }

func appendNormalNumeric(dst, b []byte) []byte { return numeric.AppendNormal(dst, b) }
