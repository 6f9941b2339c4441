package types

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/jsontext"
)

func parseJSON(dst, text []byte, _ int32, _ *Settings) (Value, error) {
	if err := jsontext.Check(text); err != nil {
		return Value{}, err
	}
	return Value{Bytes: append(dst, text...)}, nil
}

func decodeJSON(dst, wire []byte, mod int32) (Value, error) {
	if err := CheckText(wire); err != nil {
		return Value{}, err
	}
	return parseJSON(dst, wire, mod, nil)
}

func parseJSONB(dst, text []byte, _ int32, _ *Settings) (Value, error) {
	out, err := jsontext.AppendJSONB(dst, text)
	if err != nil {
		return Value{}, err
	}
	return Value{Bytes: out}, nil
}

// jsonbVersion is the first byte of jsonb's binary form; text follows.
const jsonbVersion = 1

func decodeJSONB(dst, wire []byte, mod int32) (Value, error) {
	if len(wire) == 0 {
		return Value{}, wireSize(wire, 1)
	}
	if wire[0] != jsonbVersion {
		return Value{}, pgerr.Newf(pgerr.InternalError, "unsupported jsonb version number %d", wire[0])
	}
	if err := CheckText(wire[1:]); err != nil {
		return Value{}, err
	}
	return parseJSONB(dst, wire[1:], mod, nil)
}

func appendJSONBBinary(dst []byte, v Value) []byte {
	return append(append(dst, jsonbVersion), v.Bytes...)
}

func compareJSONB(a, b Value) int { return jsontext.Compare(a.Bytes, b.Bytes) }

func appendNormalJSONB(dst, b []byte) []byte { return jsontext.AppendNormal(dst, b) }
