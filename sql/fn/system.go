package fn

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// sessionRow makes the kernel of a function that asks the session.
func sessionRow(name string, f func(c *Call, s Session, i int) error) Kernel {
	return perRow(func(c *Call, i int) error {
		s, err := c.session(name)
		if err != nil {
			return err
		}
		return f(c, s, i)
	})
}

// sessionText makes the kernel of a function without arguments whose result is a name.
func sessionText(name string, get func(s Session) string) Kernel {
	return sessionRow(name, func(c *Call, s Session, _ int) error {
		c.putText(get(s))
		return nil
	})
}

// constantText and its relatives are functions whose answer never changes.
func constantText(s string) Kernel {
	return perRow(func(c *Call, _ int) error {
		c.putText(s)
		return nil
	})
}

func constantBool(b bool) Kernel {
	return perRow(func(c *Call, _ int) error {
		c.putBool(b)
		return nil
	})
}

func constantInt(n int64) Kernel {
	return perRow(func(c *Call, _ int) error {
		c.putInt(n)
		return nil
	})
}

func constantNull(c *Call) {
	for range c.Rows {
		c.putNull()
	}
}

// inetAddress and inetPort make the kernels of functions that tell one end of the session's connection.
func inetAddress(name string, server bool) Kernel {
	return sessionRow(name, func(c *Call, s Session, _ int) error {
		if at, ok := s.Address(server); ok {
			c.putText(at.Addr().String())
		} else {
			c.putNull()
		}
		return nil
	})
}

func inetPort(name string, server bool) Kernel {
	return sessionRow(name, func(c *Call, s Session, _ int) error {
		if at, ok := s.Address(server); ok {
			c.putInt(int64(at.Port()))
		} else {
			c.putNull()
		}
		return nil
	})
}

func currentSchema(c *Call, s Session, _ int) error {
	path := s.SearchPath(false)
	if len(path) == 0 {
		c.putNull()
		return nil
	}
	c.putText(path[0])
	return nil
}

func currentSchemas(c *Call, s Session, i int) error {
	var names []types.Value
	for _, name := range s.SearchPath(c.bool(0, i)) {
		names = append(names, types.TextValue(name))
	}
	c.putList(types.OIDName, names)
	return nil
}

func unknownSetting(name string) error {
	return pgerr.Newf(pgerr.UndefinedObject, `unrecognized configuration parameter "%s"`, name)
}

func currentSetting(c *Call, s Session, i int) error {
	value, ok := s.Setting(c.text(0, i))
	switch {
	case ok:
		c.putText(value)
	case len(c.Args) > 1 && c.bool(1, i):
		c.putNull()
	default:
		return unknownSetting(strings.Clone(c.text(0, i)))
	}
	return nil
}

func setConfig(c *Call, i int) error {
	s, err := c.session("set_config")
	if err != nil {
		return err
	}
	if c.isNull(0, i) {
		return pgerr.New(pgerr.NullValueNotAllowed, "SET requires parameter name")
	}
	local := !c.isNull(2, i) && c.bool(2, i)
	value, err := s.SetSetting(strings.Clone(c.text(0, i)), strings.Clone(c.text(1, i)), local)
	if err == nil {
		c.putText(value)
	}
	return err
}

// longestNap is how long pg_sleep does not look whether it was cancelled.
const longestNap = 10 * time.Millisecond

func sleep(c *Call, seconds float64) error {
	if math.IsNaN(seconds) || seconds <= 0 {
		return nil
	}
	const longest = 1e9 // seconds; more does not fit a duration
	end := time.Now().Add(time.Duration(min(seconds, longest) * float64(time.Second)))
	for {
		if err := c.cancelled(); err != nil {
			return err
		}
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		time.Sleep(min(left, longestNap))
	}
}

func pgSleep(c *Call, i int) error {
	err := sleep(c, c.float(0, i))
	if err == nil {
		c.putBytes(nil)
	}
	return err
}

func pgSleepFor(c *Call, i int) error {
	v := c.interval(0, i)
	err := sleep(c, float64(v.Micros)/1e6+float64(v.Days)*secondsPerDay+float64(v.Months)*daysPerMonth*secondsPerDay)
	if err == nil {
		c.putBytes(nil)
	}
	return err
}

func signal(terminate bool) Kernel {
	name := "pg_cancel_backend"
	if terminate {
		name = "pg_terminate_backend"
	}
	return sessionRow(name, func(c *Call, s Session, i int) error {
		c.putBool(s.Signal(int32(c.int(0, i)), terminate))
		return nil
	})
}

func pgTypeof(c *Call) {
	for range c.Rows {
		c.putInt(int64(c.typeOf(0).OID))
	}
}

func pgColumnSize(c *Call, i int) error {
	t := c.typeOf(0)
	codec, ok := types.CodecOf(t.OID)
	if !ok {
		c.putInt(int64(len(c.bytes(0, i))))
		return nil
	}
	buf := scratch[[]byte](c)
	*buf = codec.AppendBinary((*buf)[:0], c.value(0, i))
	c.putInt(int64(len(*buf)))
	return nil
}

func countNulls(null bool) Kernel {
	return perRowNulls(func(c *Call, i int) error {
		n := int64(0)
		for k := range c.Args {
			if c.isNull(k, i) == null {
				n++
			}
		}
		c.putInt(n)
		return nil
	})
}

// toReg is to_regclass() and its relatives: null for what does not exist.
func toReg(reg types.OID) Kernel {
	codec, _ := types.CodecOf(reg)
	return perRow(func(c *Call, i int) error {
		name, settings := c.bytes(0, i), c.settings()
		var v types.Value
		var err error
		if settings.Names != nil && reg != types.OIDRegtype && len(bytes.Trim(name, "0123456789")) == 0 { // a number is a name here
			var oid types.OID
			oid, err = settings.Names.OIDOf(reg, string(name))
			v.Int = int64(oid)
		} else {
			v, err = codec.Parse(nil, name, -1, settings)
		}
		var e *pgerr.Error
		switch {
		case err == nil:
			c.putInt(v.Int)
		case errors.As(err, &e) && (e.Code == pgerr.UndefinedTable || e.Code == pgerr.UndefinedObject || e.Code == pgerr.InvalidSchemaName || e.Code == "42883"):
			c.putNull()
		default:
			return err
		}
		return nil
	})
}

func systemFunctions() []*Function {
	session := func(signature string, get func(s Session) string, doc string) *Function {
		name, _, _ := strings.Cut(signature, "(")
		return def(signature, sessionText(name, get), doc).stable()
	}
	return []*Function{
		session("current_user() name", Session.User, "the name of the user whose rights count"),
		session("current_role() name", Session.User, "the name of the user whose rights count"),
		session("session_user() name", Session.SessionUser, "the name of the user who has logged in"),
		session("current_database() name", Session.Database, "the name of the database"),
		session("current_catalog() name", Session.Database, "the name of the database"),
		session("version() text", Session.Version, "the versions of the server, and of the PostgreSQL that it is compatible with"),
		def("current_schema() name", sessionRow("current_schema", currentSchema), "the schema in which new objects are made").stable(),
		def("current_schemas(bool) name[]", sessionRow("current_schemas", currentSchemas), "the schemas of the search path, with those that are always in it if the argument is true").stable(),
		def("pg_backend_pid() int4", sessionRow("pg_backend_pid", func(c *Call, s Session, _ int) error {
			c.putInt(int64(s.BackendPID()))
			return nil
		}), "the number of the session").stable(),
		def("current_setting(text) text", sessionRow("current_setting", currentSetting), "the value of a setting").stable(),
		def("current_setting(text, bool) text", sessionRow("current_setting", currentSetting), "the value of a setting, null where there is none of the name and the second argument is true").stable(),
		def("set_config(text, text, bool) text", perRowNulls(setConfig), "SET, or SET LOCAL where the third argument is true; gives the new value").nulls().volatile(),
		def("pg_sleep(float8) void", perRow(pgSleep), "waits for a number of seconds").volatile(),
		def("pg_sleep_for(interval) void", perRow(pgSleepFor), "waits for an interval").volatile(),
		def("pg_cancel_backend(int4) bool", signal(false), "cancels the statement of another session").volatile(),
		def("pg_terminate_backend(pid int4, timeout int8 = 0) bool", signal(true), "ends another session").volatile(),
		def("pg_typeof(any) regtype", pgTypeof, "the type of a value", "pg_typeof(33) → integer").nulls().stable(),
		def("pg_column_size(any) int4", perRow(pgColumnSize), "number of bytes of a value in binary form").stable(),
		def("num_nulls(variadic any) int4", countNulls(true), "how many arguments are null", "num_nulls(1, NULL, 2) → 1").nulls(),
		def("num_nonnulls(variadic any) int4", countNulls(false), "how many arguments are not null", "num_nonnulls(1, NULL, 2) → 2").nulls(),
		def("to_regclass(text) regclass", toReg(types.OIDRegclass), "the relation of a name, null if there is none").stable(),
		def("to_regtype(text) regtype", toReg(types.OIDRegtype), "the type of a name, null if there is none", "to_regtype('int4') → integer").stable(),
		def("to_regproc(text) regproc", toReg(types.OIDRegproc), "the function of a name, null if there is none").stable(),
		def("to_regprocedure(text) regprocedure", toReg(types.OIDRegprocedure), "the function of a name and the types of its arguments, null if there is none").stable(),
		def("to_regoper(text) regoper", toReg(types.OIDRegoper), "the operator of a name, null if there is none").stable(),
		def("to_regoperator(text) regoperator", toReg(types.OIDRegoperator), "the operator of a name and the types of its arguments, null if there is none").stable(),
		def("to_regcollation(text) regcollation", toReg(types.OIDRegcollation), "the collation of a name, null if there is none").stable(),
		def("to_regnamespace(text) regnamespace", toReg(types.OIDRegnamespace), "the schema of a name, null if there is none").stable(),
		def("to_regrole(text) regrole", toReg(types.OIDRegrole), "the role of a name, null if there is none").stable(),
		def("txid_current() int8", sessionRow("txid_current", func(c *Call, s Session, _ int) error {
			c.putInt(s.TransactionID())
			return nil
		}), "the number of the transaction").stable(),
		def("pg_postmaster_start_time() timestamptz", sessionRow("pg_postmaster_start_time", func(c *Call, s Session, _ int) error {
			c.putInt(s.StartTime())
			return nil
		}), "when the server was started").stable(),
		def("pg_conf_load_time() timestamptz", sessionRow("pg_conf_load_time", func(c *Call, s Session, _ int) error {
			c.putInt(s.StartTime())
			return nil
		}), "when the server read its configuration").stable(),
		def("pg_is_in_recovery() bool", constantBool(false), "whether the server only follows another; it never does", "pg_is_in_recovery() → f").volatile(),
		def("pg_is_other_temp_schema(oid) bool", constantBool(false), "whether a schema is for temporary objects of another session; there are none").stable(),
		def("pg_my_temp_schema() oid", constantInt(0), "the schema for temporary objects of this session; there is none").stable(),
		def("pg_trigger_depth() int4", constantInt(0), "how deep triggers are nested; there are none", "pg_trigger_depth() → 0").stable(),
		def("pg_jit_available() bool", constantBool(false), "whether expressions are compiled to machine code; they are not").volatile(),
		def("pg_client_encoding() name", constantText("UTF8"), "the encoding of the client", "pg_client_encoding() → UTF8").stable(),
		def("getdatabaseencoding() name", constantText("UTF8"), "the encoding of the database", "getdatabaseencoding() → UTF8").stable(),
		def("pg_encoding_to_char(int4) name", perRow(encodingName), "the name of an encoding", "pg_encoding_to_char(6) → UTF8").stable(),
		def("pg_char_to_encoding(name) int4", perRow(func(c *Call, i int) error {
			n := int64(-1)
			if isUTF8Name(c.text(0, i)) {
				n = encodingUTF8
			}
			c.putInt(n)
			return nil
		}), "the number of an encoding", "pg_char_to_encoding('UTF8') → 6").stable(),
		def("inet_server_addr() text", inetAddress("inet_server_addr", true), "the server's address in the connection; null by a Unix-domain socket").nulls().stable(),
		def("inet_server_port() int4", inetPort("inet_server_port", true), "the server's port in the connection; null by a Unix-domain socket").nulls().stable(),
		def("inet_client_addr() text", inetAddress("inet_client_addr", false), "the client's address in the connection; null by a Unix-domain socket").nulls().stable(),
		def("inet_client_port() int4", inetPort("inet_client_port", false), "the client's port in the connection; null by a Unix-domain socket").nulls().stable(),
		def("gen_random_uuid() uuid", randomUUID, "a random UUID").volatile(),
	}
}

const encodingUTF8 = 6

func encodingName(c *Call, i int) error {
	switch c.int(0, i) {
	case 0:
		c.putText("SQL_ASCII")
	case encodingUTF8:
		c.putText("UTF8")
	default:
		c.putText("")
	}
	return nil
}
