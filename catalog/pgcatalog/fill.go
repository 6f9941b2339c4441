package pgcatalog

import "sync"

// fill makes the rows of a relation.
type fill func(*Env, *rows)

// fills lists what has rows: one line a relation. The others are empty, since Freshet has nothing of their kind; empty.go says which
// these are, and a test holds that every relation is in one of the two.
var fills = sync.OnceValue(func() map[string]fill {
	return map[string]fill{
		"pg_catalog.pg_am":           fixed("pg_am"),
		"pg_catalog.pg_amop":         fixed("pg_amop"),
		"pg_catalog.pg_amproc":       fixed("pg_amproc"),
		"pg_catalog.pg_attribute":    pgAttribute,
		"pg_catalog.pg_auth_members": fixed("pg_auth_members"),
		"pg_catalog.pg_class":        pgClass,
		"pg_catalog.pg_collation":    fixed("pg_collation"),
		"pg_catalog.pg_database":     pgDatabase,
		"pg_catalog.pg_language":     fixed("pg_language"),
		"pg_catalog.pg_namespace":    pgNamespace,
		"pg_catalog.pg_opclass":      fixed("pg_opclass"),
		"pg_catalog.pg_opfamily":     fixed("pg_opfamily"),
		"pg_catalog.pg_range":        fixed("pg_range"),
		"pg_catalog.pg_tablespace":   fixed("pg_tablespace"),
		"pg_catalog.pg_type":         pgType,
	}
})
