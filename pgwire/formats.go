package pgwire

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// The format codes of values.
const (
	textFormat   int16 = 0
	binaryFormat int16 = 1
)

// formatOf is the format of value i: no codes mean text for all, one is for all, else there is one for each.
func formatOf(codes []int16, i int) int16 {
	switch len(codes) {
	case 0:
		return textFormat
	case 1:
		return codes[0]
	default:
		return codes[i]
	}
}

// checkFormat refuses a code that means nothing.
func checkFormat(code int16) error {
	if code != textFormat && code != binaryFormat {
		return pgerr.Newf(pgerr.InvalidParameterValue, "unsupported format code: %d", code)
	}
	return nil
}

// appendRowDescription appends a RowDescription message.
func appendRowDescription(dst []byte, columns []Column, formats []int16) []byte {
	at := len(dst)
	dst = append(dst, 'T', 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(columns)))
	for i := range columns {
		c := &columns[i]
		dst = append(append(dst, clean(c.Name)...), 0)
		dst = binary.BigEndian.AppendUint32(dst, uint32(c.Table))
		dst = binary.BigEndian.AppendUint16(dst, uint16(c.Number))
		dst = binary.BigEndian.AppendUint32(dst, uint32(c.Type.OID))
		dst = binary.BigEndian.AppendUint16(dst, uint16(sizeOf(c.Type)))
		dst = binary.BigEndian.AppendUint32(dst, uint32(c.Type.Mod))
		dst = binary.BigEndian.AppendUint16(dst, uint16(formatOf(formats, i)))
	}
	binary.BigEndian.PutUint32(dst[at+1:], uint32(len(dst)-at-1))
	return dst
}

// sizeOf is pg_type.typlen.
func sizeOf(t types.Type) int16 {
	if info, ok := types.Lookup(t.OID); ok {
		return info.Size
	}
	return -1
}

// appendParameterDescription appends a ParameterDescription message.
func appendParameterDescription(dst []byte, params []types.Type) []byte {
	dst = append(dst, 't')
	dst = binary.BigEndian.AppendUint32(dst, uint32(6+4*len(params)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(params)))
	for _, p := range params {
		dst = binary.BigEndian.AppendUint32(dst, uint32(p.OID))
	}
	return dst
}
