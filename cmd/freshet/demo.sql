-- The auctions of the Nexmark benchmark, made up as they go: bids come live, 10,000 events a second.
CREATE SOURCE bid (WATERMARK FOR date_time AS date_time - INTERVAL '1 second')
WITH (connector = 'nexmark', table = 'bid', rows_per_second = '10000', event_gap = '100us');

CREATE TABLE channel (name text PRIMARY KEY, kind text NOT NULL);
INSERT INTO channel VALUES ('Google', 'search'), ('Facebook', 'social'), ('Baidu', 'search'), ('Apple', 'store');

-- Every two seconds of event time: how many bids, and the highest. A window's rows are final once it has closed.
CREATE MATERIALIZED VIEW per_window AS
SELECT window_start, window_end, count(*) AS bids, max(price) AS highest, avg(price)::numeric(12, 2) AS mean
FROM TUMBLE(bid, date_time, INTERVAL '2 seconds')
GROUP BY window_start, window_end;

-- The last ten seconds, anew every two: bids per auction.
CREATE MATERIALIZED VIEW hot_items AS
SELECT window_start, auction, count(*) AS bids
FROM HOP(bid, date_time, INTERVAL '2 seconds', INTERVAL '10 seconds')
GROUP BY window_start, window_end, auction;

-- A stream joined with a table, and a view on a view.
CREATE MATERIALIZED VIEW per_channel AS SELECT channel, count(*) AS bids, sum(price) AS volume FROM bid GROUP BY channel;
CREATE MATERIALIZED VIEW per_kind AS
SELECT c.kind, sum(p.bids) AS bids, sum(p.volume) AS volume FROM per_channel p JOIN channel c ON c.name = p.channel GROUP BY c.kind;
