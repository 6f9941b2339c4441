-- The tables that PostgreSQL's regression files take for granted, in their shape and with their formulas, so that as many
-- statements of the corpora as possible run. The rows are made up, but the same each time.

CREATE TABLE char_tbl (f1 char(4));
INSERT INTO char_tbl VALUES ('a'), ('ab'), ('abcd'), ('abcd    ');

CREATE TABLE varchar_tbl (f1 varchar(4));
INSERT INTO varchar_tbl VALUES ('a'), ('ab'), ('abcd'), ('abcd    ');

CREATE TABLE text_tbl (f1 text);
INSERT INTO text_tbl VALUES ('doh!'), ('hi de ho neighbor');

CREATE TABLE int2_tbl (f1 int2);
INSERT INTO int2_tbl VALUES (0), (1234), (-1234), (32767), (-32767);

CREATE TABLE int4_tbl (f1 int4);
INSERT INTO int4_tbl VALUES (0), (123456), (-123456), (2147483647), (-2147483647);

CREATE TABLE int8_tbl (q1 int8, q2 int8);
INSERT INTO int8_tbl VALUES
  (123, 456), (123, 4567890123456789), (4567890123456789, 123),
  (4567890123456789, 4567890123456789), (4567890123456789, -4567890123456789);

CREATE TABLE float4_tbl (f1 float4);
INSERT INTO float4_tbl VALUES (0), (1004.30), (-34.84), (1.2345678901234e+20), (1.2345678901234e-20);

CREATE TABLE float8_tbl (f1 float8);
INSERT INTO float8_tbl VALUES (0), (-34.84), (-1004.30), (-1.2345678901234e+200), (-1.2345678901234e-200);

CREATE TABLE numeric_tbl (f1 numeric);
INSERT INTO numeric_tbl VALUES (0), (-34.84), (1004.30), (12345678901234567890);

CREATE TABLE bool_tbl (f1 bool);
INSERT INTO bool_tbl VALUES (true), (false), (NULL);

CREATE TABLE date_tbl (f1 date);
INSERT INTO date_tbl VALUES ('1957-04-09'), ('1996-02-28'), ('2000-04-01'), ('2038-04-08');

CREATE TABLE timestamp_tbl (d1 timestamp(2) without time zone);
INSERT INTO timestamp_tbl VALUES ('1997-02-10 17:32:01'), ('2001-09-22 18:19:20'), ('infinity');

CREATE TABLE interval_tbl (f1 interval);
INSERT INTO interval_tbl VALUES ('1 minute'), ('5 hours'), ('10 days'), ('3 months'), ('-14 seconds');

CREATE TABLE point_tbl (f1 point);
INSERT INTO point_tbl VALUES
  ('(0.0,0.0)'), ('(-10.0,0.0)'), ('(-3.0,4.0)'), ('(5.1, 34.5)'), ('(-5.0,-12.0)'), ('(1e-300,-1e-300)'),
  ('(1e+300,Inf)'), ('(Inf,1e+300)'), ('(NaN,NaN)'), ('10.0,10.0'), (NULL);

-- The Wisconsin benchmark's tables: unique1 is a permutation of the row numbers, the other columns follow from it.
CREATE FUNCTION wisconsin_name(n int) RETURNS name LANGUAGE sql IMMUTABLE AS $$
  SELECT (chr(65 + n % 26) || chr(65 + n / 26 % 26) || chr(65 + n / 676 % 26) || 'AAA')::name
$$;

CREATE FUNCTION wisconsin(size int) RETURNS TABLE (
  unique1 int, unique2 int, two int, four int, ten int, twenty int, hundred int, thousand int, twothousand int,
  fivethous int, tenthous int, odd int, even int, stringu1 name, stringu2 name, string4 name
) LANGUAGE sql IMMUTABLE AS $$
  SELECT u, i, u % 2, u % 4, u % 10, u % 20, u % 100, u % 1000, u % 2000, u % 5000, u % 10000,
    u % 100 * 2, u % 100 * 2 + 1, wisconsin_name(u), wisconsin_name(i),
    (ARRAY['AAAAxx', 'HHHHxx', 'OOOOxx', 'VVVVxx'])[i % 4 + 1]::name
  FROM (SELECT i, ((i::int8 * 7919 + 8800) % size)::int AS u FROM generate_series(0, size - 1) AS i) AS numbers
  ORDER BY i
$$;

CREATE TABLE onek AS SELECT * FROM wisconsin(1000);
CREATE UNIQUE INDEX onek_unique1 ON onek (unique1);
CREATE UNIQUE INDEX onek_unique2 ON onek (unique2);
CREATE INDEX onek_hundred ON onek (hundred);
CREATE INDEX onek_stringu1 ON onek (stringu1);

CREATE TABLE onek2 AS SELECT * FROM onek;
CREATE UNIQUE INDEX onek2_u1_prtl ON onek2 (unique1) WHERE unique1 < 20 OR unique1 > 980;
CREATE UNIQUE INDEX onek2_u2_prtl ON onek2 (unique2) WHERE stringu1 < 'B';
CREATE INDEX onek2_stu1_prtl ON onek2 (stringu1) WHERE onek2.stringu1 >= 'J' AND onek2.stringu1 < 'K';

CREATE TABLE tenk1 AS SELECT * FROM wisconsin(10000);
CREATE UNIQUE INDEX tenk1_unique1 ON tenk1 (unique1);
CREATE UNIQUE INDEX tenk1_unique2 ON tenk1 (unique2);
CREATE INDEX tenk1_hundred ON tenk1 (hundred);
CREATE INDEX tenk1_thous_tenthous ON tenk1 (thousand, tenthous);

CREATE TABLE tenk2 AS SELECT * FROM tenk1;

CREATE TABLE person (name text, age int4, location point);
CREATE TABLE emp (salary int4, manager name) INHERITS (person);
CREATE TABLE student (gpa float8) INHERITS (person);
CREATE TABLE stud_emp (percent int4) INHERITS (emp, student);
INSERT INTO person
  SELECT name, 8 + nr * 7 % 80, point(nr % 10, nr % 7)
  FROM unnest(ARRAY['mike', 'joe', 'sally', 'sandra', 'alex', 'sue', 'denise', 'sarah', 'teresa', 'nan', 'leah', 'wendy', 'melissa',
    'joan', 'mary', 'jane', 'liza', 'jean', 'jenifer', 'juanita']) WITH ORDINALITY AS t (name, nr);
INSERT INTO emp VALUES ('sharon', 25, '(15,12)', 1000, 'sam'), ('sam', 30, '(10,5)', 2000, 'bill'), ('bill', 20, '(11,10)', 1000, 'sharon');
INSERT INTO student VALUES ('fred', 28, '(3.1,-1.5)', 3.7), ('larry', 60, '(21.8,4.9)', 3.1), ('cim', 30, '(0.4,3)', 2.9);
INSERT INTO stud_emp VALUES ('jeff', 23, '(8,7.7)', 600, 'sharon', 3.5, NULL), ('cim', 30, '(10.5,4.7)', 400, NULL, 3.4, 20),
  ('linda', 19, '(0.9,6.1)', 100, NULL, 2.9, NULL);

CREATE TABLE road (name text, thepath path);
CREATE TABLE ihighway () INHERITS (road);
CREATE TABLE shighway (surface text) INHERITS (road);
INSERT INTO road
  SELECT 'Road ' || n % 40, path(format('[(%s,%s),(%s,%s)]', n, n % 7, n + 1, n % 5)) FROM generate_series(1, 80) AS n;
INSERT INTO ihighway SELECT 'I- ' || n, path(format('[(%s,0),(%s,1)]', n, n)) FROM generate_series(1, 9) AS n;
INSERT INTO shighway SELECT 'State Hwy ' || n, path(format('[(%s,2),(%s,3)]', n, n)), 'black' FROM generate_series(1, 9) AS n;

CREATE TABLE aggtest (a int2, b float4);
INSERT INTO aggtest VALUES (56, 7.8), (100, 99.097), (0, 0.09561), (42, 324.78);
GRANT SELECT ON aggtest TO PUBLIC;

CREATE TABLE a_star (class char, aa int4);
CREATE TABLE b_star (bb text) INHERITS (a_star);
CREATE TABLE c_star (cc name) INHERITS (a_star);
CREATE TABLE d_star (dd float8) INHERITS (b_star, c_star);
INSERT INTO a_star VALUES ('a', 1), ('a', NULL);
INSERT INTO b_star VALUES ('b', 3, 'mumble'), ('b', 4, NULL);
INSERT INTO d_star VALUES ('d', 7, 'grumble', 'hi sunita', 0.5);

CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");

-- The aggregates of create_aggregate.sql that other files use.
CREATE AGGREGATE newavg (sfunc = int4_avg_accum, basetype = int4, stype = _int8, finalfunc = int8_avg, initcond1 = '{0,0}');
CREATE AGGREGATE newsum (sfunc1 = int4pl, basetype = int4, stype1 = int4, initcond1 = '0');
CREATE AGGREGATE newcnt (*) (sfunc = int8inc, stype = int8, initcond = '0', parallel = safe);
CREATE AGGREGATE newcnt ("any") (sfunc = int8inc_any, stype = int8, initcond = '0');
CREATE AGGREGATE oldcnt (sfunc = int8inc, basetype = 'ANY', stype = int8, initcond = '0');
CREATE FUNCTION sum3(int8, int8, int8) RETURNS int8 LANGUAGE sql STRICT IMMUTABLE AS 'SELECT $1 + $2 + $3';
CREATE AGGREGATE sum2(int8, int8) (sfunc = sum3, stype = int8, initcond = '0');
CREATE TYPE aggtype AS (a int, b int, c text);
CREATE FUNCTION aggf_trans(aggtype[], int, int, text) RETURNS aggtype[] LANGUAGE sql STRICT IMMUTABLE AS
  'SELECT array_append($1, ROW($2, $3, $4)::aggtype)';
CREATE FUNCTION aggfns_trans(aggtype[], int, int, text) RETURNS aggtype[] LANGUAGE sql IMMUTABLE AS
  'SELECT array_append($1, ROW($2, $3, $4)::aggtype)';
CREATE AGGREGATE aggfstr(int, int, text) (sfunc = aggf_trans, stype = aggtype[], initcond = '{}');
CREATE AGGREGATE aggfns(int, int, text) (sfunc = aggfns_trans, stype = aggtype[], sspace = 10000, initcond = '{}');
CREATE FUNCTION least_accum(anyelement, VARIADIC anyarray) RETURNS anyelement LANGUAGE sql AS
  'SELECT least($1, min($2[i])) FROM generate_subscripts($2, 1) AS g(i)';
CREATE AGGREGATE least_agg(VARIADIC items anyarray) (stype = anyelement, sfunc = least_accum);
CREATE FUNCTION cleast_accum(anycompatible, VARIADIC anycompatiblearray) RETURNS anycompatible LANGUAGE sql AS
  'SELECT least($1, min($2[i])) FROM generate_subscripts($2, 1) AS g(i)';
CREATE AGGREGATE cleast_agg(VARIADIC items anycompatiblearray) (stype = anycompatible, sfunc = cleast_accum);
CREATE AGGREGATE test_percentile_disc(float8 ORDER BY anyelement) (stype = internal, sfunc = ordered_set_transition,
  finalfunc = percentile_disc_final, finalfunc_extra = true, finalfunc_modify = read_write);
CREATE AGGREGATE test_rank(VARIADIC "any" ORDER BY VARIADIC "any") (stype = internal, sfunc = ordered_set_transition_multi,
  finalfunc = rank_final, finalfunc_extra = true, hypothetical);

-- New in PostgreSQL 16, whose files these are.
CREATE FUNCTION any_value_transfn(anyelement, anyelement) RETURNS anyelement LANGUAGE sql STRICT IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE any_value(anyelement) (sfunc = any_value_transfn, stype = anyelement);

CREATE FUNCTION binary_coercible(oid, oid) RETURNS bool LANGUAGE sql STABLE AS $$
  SELECT $1 = $2 OR EXISTS (SELECT FROM pg_cast WHERE castsource = $1 AND casttarget = $2 AND castmethod = 'b')
$$;

VACUUM ANALYZE;
