package pgwire

import (
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// arguments are the parameters of a portal, with memory of their own that the next portal of the name uses again.
type arguments struct {
	values []types.Value
	data   []byte
}

// decode reads the parameters of a Bind message, whose types are those of the statement.
func (a *arguments) decode(m *bindMessage, params []types.Type, settings *types.Settings) error {
	a.values, a.data = a.values[:0], a.data[:0]
	for i, wire := range m.params {
		if wire == nil {
			a.values = append(a.values, types.NullValue)
			continue
		}
		format := formatOf(m.paramFormats, i)
		err := checkFormat(format)
		var value types.Value
		if err == nil {
			value, err = a.value(wire, params[i], format == binaryFormat, settings)
		}
		if err != nil {
			return inParameter(err, i+1, m.portal, format)
		}
		a.values = append(a.values, value)
	}
	return nil
}

// value reads one parameter. Bytes go to a.data while there is room; the value has its own where there is not.
func (a *arguments) value(wire []byte, t types.Type, isBinary bool, settings *types.Settings) (types.Value, error) {
	room := a.data[len(a.data):]
	codec, ok := types.CodecOf(t.OID)
	if !isBinary || !ok || t.OID == types.OIDUnknown {
		if err := types.CheckText(wire); err != nil {
			return types.Value{}, err
		}
	}
	var value types.Value
	var err error
	switch {
	case !ok: // not inferred, or a type of the user's
		value = types.BytesValue(append(room, wire...))
	case isBinary:
		value, err = codec.DecodeWire(room, wire, t, settings)
	default:
		value, err = codec.Parse(room, wire, t.Mod, settings)
	}
	if err != nil {
		return types.Value{}, err
	}
	if n := len(value.Bytes); t.Kind() == types.Bytes && n <= cap(room) {
		a.data = a.data[:len(a.data)+n]
	} else if n > cap(room) { // the value has grown an array of its own: what comes next begins one behind it
		a.data = value.Bytes
	}
	return value, nil
}

// inParameter says which parameter an error is about, as PostgreSQL does. It never shows the value.
func inParameter(err error, number int, portal string, format int16) error {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return err
	}
	told := *e
	if errors.Is(err, types.ErrBytesLeft) {
		told.Message += fmt.Sprintf(" in bind parameter %d", number)
	}
	if portal == "" {
		told.Where = fmt.Sprintf("unnamed portal parameter $%d", number)
	} else {
		told.Where = fmt.Sprintf("portal %q parameter $%d", portal, number)
	}
	if format == textFormat {
		told.Where += " = '...'"
	}
	return &told
}
