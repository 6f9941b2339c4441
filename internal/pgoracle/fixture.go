package pgoracle

import (
	"context"
	_ "embed"
	"strings"
)

//go:embed fixture.sql
var fixtureSQL string

// copyData are the lines that follow the COPY ... FROM STDIN of the regression files, by table; the corpora keep only the
// statements. Values are separated by spaces here and by tabs when sent.
var copyData = map[string]string{
	"bitwise_test": "1 1 1 1 1 B0101\n3 3 3 null 2 B0100\n7 7 7 3 4 B1100\n",
	"bool_test":    "TRUE null FALSE null\nFALSE TRUE null null\nnull TRUE FALSE null\n",
	"gstest2": "1 1 1 1 1 1 1 1\n1 1 1 1 1 1 1 2\n1 1 1 1 1 1 2 2\n1 1 1 1 1 2 2 2\n1 1 1 1 2 2 2 2\n" +
		"1 1 1 2 2 2 2 2\n1 1 2 2 2 2 2 2\n1 2 2 2 2 2 2 2\n2 2 2 2 2 2 2 2\n",
	"gstest3": "1 1 1 1\n2 2 2 2\n",
}

// copyLines returns what to send after a COPY ... FROM STDIN: nothing for a table that no corpus fills this way.
func copyLines(sql string) string {
	for table, lines := range copyData {
		if strings.Contains(strings.ToLower(sql), table) {
			return strings.ReplaceAll(lines, " ", "\t")
		}
	}
	return ""
}

// fixtureName is the database with the fixture's tables; copies of it have the same tables, rows, statistics and OIDs.
const fixtureName = "fixture"

// CreateFixtures makes databases with the tables that the regression files expect. They are equal down to the OIDs.
func (s *Server) CreateFixtures(ctx context.Context, names ...string) error {
	conn, err := s.Connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	found, err := conn.Exec(ctx, "SELECT FROM pg_database WHERE datname = '"+fixtureName+"'").ReadAll()
	if err != nil {
		return err
	}
	if len(found[0].Rows) == 0 {
		if err := s.fillFixture(ctx); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := exec1(ctx, conn, "CREATE DATABASE "+name+" TEMPLATE "+fixtureName+" STRATEGY file_copy"); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) fillFixture(ctx context.Context) error {
	if err := s.CreateDatabase(ctx, fixtureName); err != nil {
		return err
	}
	conn, err := s.Connect(ctx, fixtureName)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range Split(fixtureSQL) { // one by one: VACUUM must stand alone
		if err := exec1(ctx, conn, statement.SQL); err != nil {
			return err
		}
	}
	return nil
}
