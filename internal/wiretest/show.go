package wiretest

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/jackc/pgproto3/v2"
)

// fault is what a transcript shows of an error or notice: no places in the server's source.
type fault struct {
	Type           string
	Severity       string
	Code           string
	Message        string
	Detail         string `json:",omitempty"`
	Hint           string `json:",omitempty"`
	Position       int32  `json:",omitempty"`
	Where          string `json:",omitempty"`
	SchemaName     string `json:",omitempty"`
	TableName      string `json:",omitempty"`
	ColumnName     string `json:",omitempty"`
	ConstraintName string `json:",omitempty"`
}

// versions are parameters whose values name the server.
var versions = map[string]bool{"server_version": true}

// firstUserOID is where PostgreSQL's OIDs of what users make begin; which one a table has depends on what was made before it.
const firstUserOID = 16384

// show gives a message as one line of JSON, without what differs between servers.
func (s *session) show(message pgproto3.BackendMessage) (name, text string, err error) {
	name = reflect.TypeOf(message).Elem().Name()
	var shown any = message
	switch m := message.(type) {
	case *pgproto3.BackendKeyData:
		s.key = *m
		shown = &pgproto3.BackendKeyData{}
	case *pgproto3.ParameterStatus:
		if versions[m.Name] {
			shown = &pgproto3.ParameterStatus{Name: m.Name, Value: "(version)"}
		}
	case *pgproto3.RowDescription:
		for i := range m.Fields {
			m.Fields[i].TableOID = min(m.Fields[i].TableOID, firstUserOID)
		}
	case *pgproto3.ErrorResponse:
		shown, err = faultOf(name, m)
	case *pgproto3.NoticeResponse:
		e := pgproto3.ErrorResponse(*m)
		shown, err = faultOf(name, &e)
	}
	if err != nil {
		return "", "", err
	}
	line, err := json.Marshal(shown)
	return name, string(line), err
}

func faultOf(name string, m *pgproto3.ErrorResponse) (fault, error) {
	if m.Severity != m.SeverityUnlocalized {
		return fault{}, fmt.Errorf("severities %q and %q differ: is the server's language English?", m.Severity, m.SeverityUnlocalized)
	}
	return fault{
		Type: name, Severity: m.Severity, Code: m.Code, Message: m.Message, Detail: m.Detail, Hint: m.Hint, Position: m.Position,
		Where: m.Where, SchemaName: m.SchemaName, TableName: m.TableName, ColumnName: m.ColumnName, ConstraintName: m.ConstraintName,
	}, nil
}
