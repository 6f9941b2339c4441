package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/format"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// systemRelations lists PostgreSQL's system relations with their columns, and for columns of a domain the type below.
const systemRelations = `
SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltype, t.typarray, c.relisshared,
       a.attname, a.atttypid, CASE y.typtype WHEN 'd' THEN y.typbasetype ELSE a.atttypid END,
       CASE y.typtype WHEN 'd' THEN y.typtypmod ELSE a.atttypmod END, a.attnotnull, a.attcollation
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = c.reltype
     JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type y ON y.oid = a.atttypid
WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') AND a.attnum > 0
ORDER BY n.nspname DESC, c.relname, a.attnum`

// fixedRows are the rows that are in every database, by the relation that they are of. Functions are recorded as OIDs.
var fixedRows = map[string]string{
	"pg_aggregate": `SELECT aggfnoid::oid, aggkind, aggnumdirectargs, aggtransfn::oid, aggfinalfn::oid, aggcombinefn::oid,
		aggserialfn::oid, aggdeserialfn::oid, aggmtransfn::oid, aggminvtransfn::oid, aggmfinalfn::oid, aggfinalextra, aggmfinalextra,
		aggfinalmodify, aggmfinalmodify, aggsortop, aggtranstype, aggtransspace, aggmtranstype, aggmtransspace, agginitval,
		aggminitval FROM pg_aggregate ORDER BY aggfnoid::oid`,
	"pg_am":           `SELECT oid, amname, amhandler::oid, amtype FROM pg_am WHERE amname IN ('heap', 'btree') ORDER BY oid`,
	"pg_amop":         `SELECT * FROM pg_amop WHERE amopmethod = 403 ORDER BY oid`,
	"pg_amproc":       `SELECT oid, amprocfamily, amproclefttype, amprocrighttype, amprocnum, amproc::oid FROM pg_amproc WHERE amprocfamily IN (SELECT oid FROM pg_opfamily WHERE opfmethod = 403) ORDER BY oid`,
	"pg_auth_members": `SELECT * FROM pg_auth_members ORDER BY 1, 2`,
	"pg_authid":       `SELECT * FROM pg_authid WHERE oid <> 10 ORDER BY oid`,
	"pg_cast":         `SELECT * FROM pg_cast ORDER BY castsource, casttarget`,
	"pg_collation": `SELECT oid, collname, collnamespace, collowner, collprovider, collisdeterministic, collencoding, collcollate,
		collctype, colliculocale, NULL AS collversion FROM pg_collation WHERE collname IN ('default', 'C', 'POSIX', 'ucs_basic') ORDER BY oid`,
	"pg_language": `SELECT oid, lanname, lanowner, lanispl, lanpltrusted, lanplcallfoid, laninline, lanvalidator
		FROM pg_language WHERE lanname <> 'plpgsql' ORDER BY oid`,
	"pg_opclass":  `SELECT * FROM pg_opclass WHERE opcmethod = 403 ORDER BY oid`,
	"pg_opfamily": `SELECT * FROM pg_opfamily WHERE opfmethod = 403 ORDER BY oid`,
	"pg_operator": `SELECT oid, oprname, oprnamespace, oprowner, oprkind, oprcanmerge, oprcanhash, oprleft, oprright, oprresult,
		oprcom, oprnegate, oprcode::oid, oprrest::oid, oprjoin::oid FROM pg_operator ORDER BY oid`,
	"pg_proc": `SELECT oid, proname, pronamespace, proowner, prolang, procost, prorows, provariadic, prosupport::oid, prokind,
		prosecdef, proleakproof, proisstrict, proretset, provolatile, proparallel, pronargs, pronargdefaults, prorettype, proargtypes,
		proallargtypes, proargmodes, proargnames, pg_get_expr(proargdefaults, 0) AS proargdefaults, prosrc FROM pg_proc WHERE pronamespace = 11 ORDER BY oid`,
	"pg_range": `SELECT rngtypid, rngsubtype, rngmultitypid, rngcollation, rngsubopc, rngcanonical::oid, rngsubdiff::oid
		FROM pg_range ORDER BY rngtypid`,
	"pg_tablespace":     `SELECT oid, spcname, spcowner, spcoptions FROM pg_tablespace ORDER BY oid`,
	"pg_timezone_names": `SELECT name FROM pg_timezone_names WHERE name NOT LIKE 'posix%' ORDER BY name COLLATE "C"`,
	"pg_type": `SELECT oid, typname, typnamespace, typowner, typlen, typbyval, typtype, typcategory, typispreferred, typisdefined,
		typdelim, typrelid, typsubscript::oid, typelem, typarray, typinput::oid, typoutput::oid, typreceive::oid, typsend::oid,
		typmodin::oid, typmodout::oid, typanalyze::oid, typalign, typstorage, typnotnull, typbasetype, typtypmod, typndims,
		typcollation, typdefault
		FROM pg_type t WHERE typtype <> 'c' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typtype = 'c')
		ORDER BY oid`,
	"pg_description": `SELECT * FROM pg_description WHERE objoid < 16384 AND objoid <> 2200 AND objsubid = 0 AND classoid::regclass::text IN
		('pg_type', 'pg_am', 'pg_namespace', 'pg_language', 'pg_collation') ORDER BY classoid, objoid`,
}

// catalog records PostgreSQL's system relations, and the rows of them that are in every database, for catalog/pgcatalog.
func (r *recorder) catalog(ctx context.Context) (err error) {
	conn, err := r.server.Connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	dir := filepath.Join(r.root, "catalog", "pgcatalog")
	source, err := relationsSource(ctx, conn)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "relations_gen.go"), source); err != nil {
		return err
	}
	for name, query := range fixedRows {
		var rows bytes.Buffer
		if _, err := conn.CopyTo(ctx, &rows, "COPY ("+query+") TO STDOUT WITH (HEADER)"); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if err := writeFile(filepath.Join(dir, "data", name+".tsv"), rows.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// relationsSource is the Go file with the table of relations.
func relationsSource(ctx context.Context, conn *pgconn.PgConn) ([]byte, error) {
	result := conn.ExecParams(ctx, systemRelations, nil, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, fmt.Errorf("reading the system relations: %w", result.Err)
	}
	var b strings.Builder
	b.WriteString("// Code generated by go run ./internal/pgoracle/record catalog; DO NOT EDIT.\n\npackage pgcatalog\n\n")
	b.WriteString("// recorded are PostgreSQL 15's system relations.\nvar recorded = []relation{\n")
	relation := ""
	for _, row := range result.Rows {
		f := make([]string, len(row))
		for i, v := range row {
			f[i] = string(v)
		}
		if id := f[1] + "." + f[2]; id != relation {
			if relation != "" {
				b.WriteString("}},\n")
			}
			relation = id
			fmt.Fprintf(&b, "{oid: %s, schema: %q, name: %q, kind: '%s', rowType: %s, rowArray: %s, shared: %t, columns: []column{\n",
				f[0], f[1], f[2], f[3], f[4], f[5], f[6] == "t")
		}
		fmt.Fprintf(&b, "{%s, %s, %s, %s, %t, %s},\n", strconv.Quote(f[7]), f[8], f[9], f[10], f[11] == "t", f[12])
	}
	b.WriteString("}},\n}\n")
	source, err := format.Source([]byte(b.String()))
	if err != nil {
		return nil, fmt.Errorf("formatting the table of relations: %w", err)
	}
	return source, nil
}
