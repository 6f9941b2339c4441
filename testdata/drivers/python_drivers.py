"""What programs do with psycopg 3, psycopg2 and asyncpg: parametrised queries in text and binary, COPY, transactions with a conflict, and
types that a driver has to ask for.

The argument is a connection string. An assertion that fails ends it with a traceback.
"""

import asyncio
import datetime
import decimal
import sys
import uuid

import asyncpg
import psycopg
import psycopg2
import psycopg2.errors
import psycopg2.extras

url = sys.argv[1]

values = {
    "boolean": True,
    "smallint": -7,
    "int": 123456,
    "bigint": -(2**62),
    "double precision": 1.5e300,
    "numeric": decimal.Decimal("12345678901234567890.0012345"),
    "text": "naïve 'text' \\ with\nlines",
    "bytea": bytes(range(256)),
    "date": datetime.date(2024, 2, 29),
    "time": datetime.time(23, 59, 59, 999999),
    "timestamp": datetime.datetime(2024, 2, 29, 1, 2, 3, 456789),
    "timestamptz": datetime.datetime(2024, 2, 29, 1, 2, 3, 456789, tzinfo=datetime.timezone.utc),
    "interval": datetime.timedelta(days=3, seconds=4, microseconds=5),
    "uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"),
    "jsonb": {"a": [1, 2.5, None, "x"]},
    "int[]": [1, 2, None, 3],
    "text[]": ["a", 'b "c"', None],
}


def with_psycopg3():
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE py3 (id int PRIMARY KEY, n bigint, t text)")
        for kind, value in values.items():
            if kind == "jsonb":
                sent = psycopg.types.json.Jsonb(value)
            else:
                sent = value
            for binary in (False, True):
                got = conn.cursor(binary=binary).execute(f"SELECT %s::{kind}, NULL::{kind}", [sent]).fetchone()
                assert got == (value, None), (kind, binary, got)
                marker = "%b" if binary else "%t"
                if kind.endswith("[]") or kind == "jsonb" or not binary or kind not in ("numeric",):
                    got = conn.execute(f"SELECT {marker}::{kind}", [sent]).fetchone()
                    assert got == (value,), (kind, marker, got)
        with conn.cursor() as cur:
            cur.executemany("INSERT INTO py3 VALUES (%s, %s, %s)", [(i, i * i, str(i)) for i in range(100)])
            assert cur.rowcount == 100, cur.rowcount
            # The same statement again and again is prepared by the driver after the fifth.
            for i in range(10):
                assert cur.execute("SELECT n, t FROM py3 WHERE id = %s", [i]).fetchone() == (i * i, str(i))
            rows = cur.execute("SELECT id FROM py3 WHERE id = ANY(%s) ORDER BY id", [[5, 3, 400]]).fetchall()
            assert rows == [(3,), (5,)], rows
            cur.execute("INSERT INTO py3 VALUES (%s, %s, %s) RETURNING id, t", [200, None, "new"])
            assert cur.fetchone() == (200, "new")
            with cur.copy("COPY py3 (id, n, t) FROM STDIN") as copy:
                for i in range(300, 310):
                    copy.write_row((i, None, "copied\t" + str(i)))
            with cur.copy("COPY (SELECT id, t FROM py3 WHERE id >= 300 ORDER BY id) TO STDOUT") as copy:
                copy.set_types(["int4", "text"])
                assert list(copy.rows()) == [(i, "copied\t" + str(i)) for i in range(300, 310)]
        with conn.transaction():
            with conn.cursor(name="served") as cur:  # a cursor of the server
                cur.itersize = 7
                cur.execute("SELECT id FROM py3 WHERE id < 100 ORDER BY id")
                assert [row[0] for row in cur] == list(range(100))
        with conn.pipeline():
            first = conn.execute("SELECT 1 + %s", [1])
            second = conn.execute("SELECT 2 + %s", [1])
        assert (first.fetchone(), second.fetchone()) == ((2,), (3,))
        try:
            conn.execute("SELECT nosuch FROM py3")
        except psycopg.errors.UndefinedColumn as error:
            assert error.diag.statement_position == "8", error.diag.statement_position
        else:
            raise AssertionError("a column that does not exist")

    with psycopg.connect(url) as one, psycopg.connect(url) as two:
        for conn in (one, two):
            conn.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
            conn.execute("UPDATE py3 SET n = n + 1 WHERE id = 1")
        one.commit()
        try:
            two.commit()
        except psycopg.errors.SerializationFailure:
            two.rollback()
        else:
            raise AssertionError("both transactions were committed")
        assert two.execute("SELECT n FROM py3 WHERE id = 1").fetchone() == (2,)


def with_psycopg2():
    psycopg2.extras.register_uuid()
    conn = psycopg2.connect(url)
    conn.autocommit = True
    cur = conn.cursor()
    for kind, value in values.items():
        sent = psycopg2.extras.Json(value) if kind == "jsonb" else value
        cur.execute(f"SELECT %s::{kind}, NULL::{kind}", [sent])
        got = cur.fetchone()
        if kind == "bytea":
            got = (bytes(got[0]), got[1])
        assert got == (value, None), (kind, got)
    cur.execute("CREATE TABLE py2 (id int PRIMARY KEY, n int)")
    psycopg2.extras.execute_values(cur, "INSERT INTO py2 VALUES %s", [(i, 0) for i in range(50)])
    cur.execute("SELECT count(*), sum(n) FROM py2 WHERE id IN %s", [(1, 2, 3)])
    assert cur.fetchone() == (3, 0)
    conn.close()

    one, two = psycopg2.connect(url), psycopg2.connect(url)
    for conn in (one, two):
        conn.set_session(isolation_level="REPEATABLE READ")
        with conn.cursor() as cur:
            cur.execute("UPDATE py2 SET n = n + 1 WHERE id = %s", [1])
    one.commit()
    try:
        two.commit()
    except psycopg2.errors.SerializationFailure:
        two.rollback()
    else:
        raise AssertionError("both transactions were committed")
    one.close()
    two.close()


async def with_asyncpg():
    conn = await asyncpg.connect(url)
    await conn.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    await conn.execute("CREATE TABLE pya (id int PRIMARY KEY, a int[], m mood, mm mood[], t text[])")
    # What these types consist of the driver asks for with a recursive query, within which there is another one.
    row = (1, [1, None, 3], "ok", ["sad", None, "ok"], ["x", 'y "z"'])
    await conn.execute("INSERT INTO pya VALUES ($1, $2, $3, $4, $5)", *row)
    got = await conn.fetchrow("SELECT * FROM pya WHERE m = $1 AND id = ANY ($2)", "ok", [1, 2])
    assert tuple(got) == row, got
    got = await conn.fetchval("SELECT pya FROM pya")
    assert tuple(got) == row, got
    got = await conn.fetchrow("SELECT row(1, 'a'), ARRAY[row(2, 'b')], '{1,2}'::oid[], ARRAY[now()::date]")
    assert tuple(got) == ((1, "a"), [(2, "b")], [1, 2], [(await conn.fetchval("SELECT current_date"))]), got
    await conn.copy_records_to_table("pya", records=[(2, [4], "sad", ["sad"], None)])
    assert await conn.fetchval("SELECT a FROM pya WHERE id = 2") == [4]
    await conn.close()


with_psycopg3()
with_psycopg2()
asyncio.run(with_asyncpg())
print("ok")
