-- Hot items: the auctions with the most bids of each window of ten seconds, which start every two.
SELECT auction, num, window_start, window_end
FROM (
  SELECT auction, count(*) AS num, window_start, window_end,
    rank() OVER (PARTITION BY window_start, window_end ORDER BY count(*) DESC) AS place
  FROM HOP(bid, date_time, INTERVAL '2 seconds', INTERVAL '10 seconds')
  GROUP BY auction, window_start, window_end
) counted
WHERE place = 1
