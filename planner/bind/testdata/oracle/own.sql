-- Tables of the statements in statements.sql.
CREATE TABLE t (a int PRIMARY KEY, b text, c numeric(10,2), d timestamptz, e varchar(5), f boolean, g float8, h jsonb, i int[], j date,
  k bigint, l char(3), m interval, n uuid, o bytea, p smallint, q timestamp, r time, s real, v json);
CREATE TABLE u (a bigint, x text, y float8);
CREATE TABLE w (id int GENERATED ALWAYS AS IDENTITY, x int DEFAULT 7, y int GENERATED ALWAYS AS (x * 2) STORED, z text NOT NULL);
CREATE SCHEMA s;
CREATE TABLE s.t (a int, z text);
CREATE TABLE s.only_there (q int);
CREATE TABLE kk (p1 int, p2 text, val int, note text, PRIMARY KEY (p1, p2));
CREATE TABLE uq (k int UNIQUE, v text);
CREATE VIEW v AS SELECT a, b || 'x' AS bx FROM t WHERE a > 1;
