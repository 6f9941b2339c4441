package types

import "encoding/hex"

const uuidSize = 16

// parseUUID takes 32 hexadecimal digits, with a hyphen allowed after every fourth, in braces or not.
func parseUUID(dst, text []byte, _ int32, _ *Settings) (Value, error) {
	b := text
	braces := len(b) > 0 && b[0] == '{'
	if braces {
		b = b[1:]
	}
	at := 0
	for i := range uuidSize {
		if at+1 >= len(b) {
			return Value{}, invalidText("uuid", text)
		}
		high, ok1 := hexDigit(b[at])
		low, ok2 := hexDigit(b[at+1])
		if !ok1 || !ok2 {
			return Value{}, invalidText("uuid", text)
		}
		dst = append(dst, high<<4|low)
		at += 2
		if i%2 == 1 && i < uuidSize-1 && at < len(b) && b[at] == '-' {
			at++
		}
	}
	if braces {
		if at >= len(b) || b[at] != '}' {
			return Value{}, invalidText("uuid", text)
		}
		at++
	}
	if at != len(b) {
		return Value{}, invalidText("uuid", text)
	}
	return Value{Bytes: dst}, nil
}

func appendUUID(dst []byte, v Value, _ *Settings) []byte {
	var all [uuidSize]byte
	copy(all[:], v.Bytes)
	dst = hex.AppendEncode(dst, all[:4])
	for _, cut := range [][2]int{{4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		dst = hex.AppendEncode(append(dst, '-'), all[cut[0]:cut[1]])
	}
	return dst
}

func decodeUUID(dst, wire []byte, _ int32) (Value, error) {
	if err := wireSize(wire, uuidSize); err != nil {
		return Value{}, err
	}
	return Value{Bytes: append(dst, wire...)}, nil
}

func appendUUIDBinary(dst []byte, v Value) []byte {
	var all [uuidSize]byte
	copy(all[:], v.Bytes)
	return append(dst, all[:]...)
}
