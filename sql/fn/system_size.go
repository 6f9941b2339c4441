package fn

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// Storage is an optional power of a Session: it knows how much there is on disk. All databases share it.
type Storage interface {
	DiskBytes() int64
	HasDatabase(name string) bool
	// DatabaseName is empty if there is no such database.
	DatabaseName(oid types.OID) string
}

// Describer is an optional power of a Session: it names objects for people, as pg_describe_object does.
type Describer interface {
	DescribeObject(class, oid types.OID, column int) (text string, ok bool)
}

// diskSize makes the kernel of pg_database_size() and pg_tablespace_size(); exists looks the argument up.
func diskSize(name string, exists func(c *Call, s Session, i int) (bool, error)) Kernel {
	return sessionRow(name, func(c *Call, s Session, i int) error {
		found, err := exists(c, s, i)
		if err != nil {
			return err
		}
		disk, known := s.(Storage)
		if !found || !known {
			c.putNull()
			return nil
		}
		c.putInt(disk.DiskBytes())
		return nil
	})
}

// The OIDs and names of tablespaces that PostgreSQL always has.
var tablespaces = map[string]types.OID{"pg_default": 1663, "pg_global": 1664}

func diskFunctions() []*Function {
	database := func(c *Call, s Session, i int) (bool, error) {
		name := c.text(0, i)
		if d, ok := s.(Storage); ok && !d.HasDatabase(name) {
			return false, pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", name)
		}
		return true, nil
	}
	databaseOID := func(c *Call, s Session, i int) (bool, error) {
		d, ok := s.(Storage)
		return ok && d.DatabaseName(c.oid(0, i)) != "", nil
	}
	tablespace := func(c *Call, _ Session, i int) (bool, error) {
		name := c.text(0, i)
		if tablespaces[name] == 0 {
			return false, pgerr.Newf(pgerr.UndefinedObject, "tablespace %q does not exist", name)
		}
		return true, nil
	}
	tablespaceOID := func(c *Call, _ Session, i int) (bool, error) {
		oid := c.oid(0, i)
		return oid == tablespaces["pg_default"] || oid == tablespaces["pg_global"], nil
	}
	return []*Function{
		def("pg_database_size(name) int8", diskSize("pg_database_size", database), "how many bytes the data folder takes, which all databases share").volatile(),
		def("pg_database_size(oid) int8", diskSize("pg_database_size", databaseOID), "how many bytes the data folder takes, which all databases share").volatile(),
		def("pg_tablespace_size(name) int8", diskSize("pg_tablespace_size", tablespace), "how many bytes the data folder takes").volatile(),
		def("pg_tablespace_size(oid) int8", diskSize("pg_tablespace_size", tablespaceOID), "how many bytes the data folder takes").volatile(),
		def("pg_describe_object(oid, oid, int4) text", sessionRow("pg_describe_object", func(c *Call, s Session, i int) error {
			if d, ok := s.(Describer); ok {
				if text, ok := d.DescribeObject(c.oid(0, i), c.oid(1, i), int(c.int(2, i))); ok {
					c.putText(text)
					return nil
				}
			}
			c.putNull()
			return nil
		}), "what an object is, for people").stable(),
	}
}
