-- An auction site, live: what "make demo" reads. The bids come from the Nexmark generator (1 person : 3 auctions : 46
-- bids), and everything below is a continuous query over them in one of the usual spellings.

-- 1. Streams from outside. The generator knows its columns; only event time is to be said.
CREATE SOURCE bid (
  WATERMARK FOR date_time AS date_time - INTERVAL '4 seconds'
) WITH (connector = 'nexmark', "table" = 'bid', events = '1000000', rows_per_second = '20000');

CREATE SOURCE auction (
  WATERMARK FOR date_time AS date_time - INTERVAL '4 seconds'
) WITH (connector = 'nexmark', nexmark.table.type = 'auction', seed = '7');

CREATE SOURCE payment (
  id bigint, auction bigint, paid numeric(12, 2), ts timestamptz,
  WATERMARK FOR ts AS ts - INTERVAL '5 seconds'
) INCLUDE partition AS _p, offset AS _o
WITH (connector = 'kafka', topic = 'payments', properties.bootstrap.server = 'localhost:9092',
      scan.startup.mode = 'earliest', watermark.idle_timeout = '30s')
FORMAT PLAIN ENCODE JSON;

-- 2. A stored table beside them, and its own changes.
CREATE TABLE category (
  id   int PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  fee  numeric(5, 4) NOT NULL DEFAULT 0.05
);
INSERT INTO category VALUES (10, 'art'), (11, E'collector\'s items'), (12, $$old "books"$$)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name
  RETURNING id, name;

-- 3. Windows: tumbling, hopping, session.
CREATE MATERIALIZED VIEW bids_per_minute AS
SELECT window_start, auction, count(*) AS bids, max(price) AS highest,
       count(*) FILTER (WHERE price >= 10000) AS large
FROM TUMBLE(bid, date_time, INTERVAL '1 minute')
GROUP BY window_start, auction
EMIT ON WINDOW CLOSE;

-- The same window as Flink users write it gives the same tree.
CREATE MATERIALIZED VIEW bids_per_minute_flink AS
SELECT window_start, auction, count(*) AS bids
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(date_time), INTERVAL '1' MINUTE))
GROUP BY window_start, auction
EMIT FINAL;

CREATE MATERIALIZED VIEW hot_items AS
WITH counted AS (
  SELECT window_start, window_end, auction, count(*) AS num
  FROM HOP(bid, date_time, INTERVAL '2 s', INTERVAL '10 s')
  GROUP BY window_start, window_end, auction
)
SELECT * FROM (
  SELECT counted.*, rank() OVER (PARTITION BY window_start ORDER BY num DESC) AS place FROM counted
) AS ranked
WHERE place = 1;

CREATE MATERIALIZED VIEW bidder_sessions AS
SELECT bidder, window_start, window_end, count(*) AS bids
FROM SESSION(bid PARTITION BY bidder, date_time, INTERVAL '5 minutes')
GROUP BY bidder, window_start, window_end;

-- 4. Joins: kept fresh, with state that expires where time bounds it.
CREATE MATERIALIZED VIEW sold WITH (on_error = 'skip') AS
SELECT a.id, a.item_name, c.name AS category, b.price AS final_price, round(b.price * c.fee, 2) AS fee
FROM auction a
JOIN bid b ON b.auction = a.id AND b.date_time BETWEEN a.date_time AND a.expires
LEFT JOIN category c ON c.id = a.category
WHERE b.price >= a.reserve;

CREATE MATERIALIZED VIEW paid AS
SELECT p.id, p.paid, b.bidder, b.price - p.paid AS open
FROM payment p ASOF LEFT JOIN bid b ON p.auction = b.auction AND b.date_time <= p.ts;

CREATE MATERIALIZED VIEW last_hour AS
SELECT DISTINCT ON (auction) auction, bidder, price, date_time AT TIME ZONE 'UTC' AS at
FROM bid
WHERE date_time > now() - INTERVAL '1 hour'
ORDER BY auction, price DESC, date_time;

CREATE INDEX ON sold (category, final_price DESC) INCLUDE (item_name);

-- 5. Changes out.
CREATE SINK sold_out FROM sold
WITH (connector = 'kafka', topic = 'sold', properties.bootstrap.server = 'localhost:9092')
FORMAT PLAIN ENCODE JSON;
SUBSCRIBE TO hot_items WITH (snapshot, progress);

-- 6. And a database as any other: what psql asks for \d, and a query of a dashboard.
SELECT c.oid, n.nspname, c.relname
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname OPERATOR(pg_catalog.~) '^(sold)$' COLLATE pg_catalog.default
  AND pg_catalog.pg_table_is_visible(c.oid)
ORDER BY 2, 3;

SELECT category, date_trunc('day', now())::date AS "Day", sum(final_price) AS total,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY final_price) AS median
FROM sold
WHERE category = ANY ('{art,old "books"}'::text[]) OR category IS NULL
GROUP BY ROLLUP (category)
HAVING count(*) > 1
ORDER BY total DESC NULLS LAST
LIMIT 10;

EXPLAIN WINDOW bids_per_minute;
