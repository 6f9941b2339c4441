-- Highest bid of each window.
CREATE MATERIALIZED VIEW q7 AS
SELECT auction, price, bidder, date_time
FROM (
  SELECT auction, price, bidder, date_time, rank() OVER (PARTITION BY window_start, window_end ORDER BY price DESC) AS place
  FROM TUMBLE(bid, date_time, INTERVAL '10 seconds')
) ranked
WHERE place = 1;
