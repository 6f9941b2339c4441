package fn_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/fn"
)

// rewriteOIDs makes TestOracle write the table anew: FRESHET_REWRITE_OIDS=1.
const rewriteOIDs = "FRESHET_REWRITE_OIDS"

// signatures are those of everything that has an OID, with what they have.
func signatures() map[string]uint32 {
	all := map[string]uint32{}
	for _, f := range registry.All() {
		all[f.Signature()] = f.OID
	}
	for _, f := range registry.AllTableFunctions() {
		all[f.Signature()] = f.OID
	}
	for _, o := range registry.AllOperators() {
		all[o.Signature()] = o.OID
	}
	return all
}

// TestOIDs checks that everything has an OID of its own, and is there once.
func TestOIDs(t *testing.T) {
	once := map[string]bool{}
	for _, f := range registry.All() {
		if once[f.Signature()] {
			t.Errorf("%s is there twice", f.Signature())
		}
		once[f.Signature()] = true
	}
	for _, o := range registry.AllOperators() {
		if once[o.Signature()] {
			t.Errorf("%s is there twice", o.Signature())
		}
		once[o.Signature()] = true
	}
	functions, operators := map[uint32]string{}, map[uint32]string{}
	for signature, oid := range signatures() {
		seen := functions
		if !strings.HasSuffix(signature, ")") {
			seen = operators
		}
		if oid == 0 {
			t.Errorf("%s has no OID", signature)
		} else if other, ok := seen[oid]; ok {
			t.Errorf("%s and %s are both %d", signature, other, oid)
		}
		seen[oid] = signature
	}
}

// compareOIDs compares OIDs with those of PostgreSQL.
func compareOIDs(t *testing.T, server *pgoracle.Server) {
	t.Helper()
	text, err := server.Psql(t.Context(), "postgres", "-At", "-F", " ", "-c", `
		SELECT oid::int, proname || '(' || array_to_string(ARRAY(SELECT typname FROM unnest(proargtypes) WITH ORDINALITY u(t, n) JOIN pg_type ON pg_type.oid = t ORDER BY n), ', ') || ')'
		FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
		UNION ALL
		SELECT o.oid::int, coalesce(l.typname || ' ', '') || oprname || ' ' || r.typname
		FROM pg_operator o LEFT JOIN pg_type l ON l.oid = oprleft JOIN pg_type r ON r.oid = oprright WHERE oprnamespace = 'pg_catalog'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]uint32{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		number, signature, _ := strings.Cut(line, " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		theirs[signature] = uint32(n)
	}
	ours, next := signatures(), uint32(fn.FirstOwnOID)
	for _, oid := range ours {
		next = max(next, oid+1)
	}
	for _, signature := range slices.Sorted(maps.Keys(ours)) {
		oid, want := ours[signature], theirs[signature]
		switch {
		case want != 0 && oid != want, want == 0 && (oid < fn.FirstOwnOID || oid >= 9000):
			if os.Getenv(rewriteOIDs) == "" {
				t.Errorf("%s is %d, want %d", signature, oid, want)
			}
		}
		if ours[signature] = want; want == 0 {
			if ours[signature] = oid; oid == 0 {
				ours[signature] = next
				next++
			}
		}
	}
	if os.Getenv(rewriteOIDs) == "" {
		return
	}
	var b strings.Builder
	b.WriteString("package fn\n\n// oidTable has the OIDs of functions and operators: PostgreSQL's where it has them. TestOracle writes it.\nconst oidTable = \x60\n")
	for _, signature := range slices.Sorted(maps.Keys(ours)) {
		fmt.Fprintf(&b, "%d %s\n", ours[signature], signature)
	}
	b.WriteString("\x60\n")
	if err := os.WriteFile("oids.go", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
