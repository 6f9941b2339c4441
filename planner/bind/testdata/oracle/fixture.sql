-- The tables of internal/pgoracle's fixture that have types Freshet knows.
CREATE TABLE char_tbl (f1 char(4));
CREATE TABLE varchar_tbl (f1 varchar(4));
CREATE TABLE text_tbl (f1 text);
CREATE TABLE int2_tbl (f1 int2);
CREATE TABLE int4_tbl (f1 int4);
CREATE TABLE int8_tbl (q1 int8, q2 int8);
CREATE TABLE float4_tbl (f1 float4);
CREATE TABLE float8_tbl (f1 float8);
CREATE TABLE numeric_tbl (f1 numeric);
CREATE TABLE bool_tbl (f1 bool);
CREATE TABLE date_tbl (f1 date);
CREATE TABLE timestamp_tbl (d1 timestamp(2) without time zone);
CREATE TABLE interval_tbl (f1 interval);
CREATE TABLE aggtest (a int2, b float4);
CREATE TABLE a_star (class char, aa int4);
CREATE TABLE onek (unique1 int, unique2 int, two int, four int, ten int, twenty int, hundred int, thousand int, twothousand int,
  fivethous int, tenthous int, odd int, even int, stringu1 name, stringu2 name, string4 name);
CREATE TABLE onek2 (unique1 int, unique2 int, two int, four int, ten int, twenty int, hundred int, thousand int, twothousand int,
  fivethous int, tenthous int, odd int, even int, stringu1 name, stringu2 name, string4 name);
CREATE TABLE tenk1 (unique1 int, unique2 int, two int, four int, ten int, twenty int, hundred int, thousand int, twothousand int,
  fivethous int, tenthous int, odd int, even int, stringu1 name, stringu2 name, string4 name);
CREATE TABLE tenk2 (unique1 int, unique2 int, two int, four int, ten int, twenty int, hundred int, thousand int, twothousand int,
  fivethous int, tenthous int, odd int, even int, stringu1 name, stringu2 name, string4 name);
