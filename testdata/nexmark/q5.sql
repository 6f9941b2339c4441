-- Hot items: the auctions with the most bids of each window of ten seconds, which start every two.
SELECT auction, num
FROM (
  SELECT *, rank() OVER (PARTITION BY starttime, endtime ORDER BY num DESC) AS place
  FROM (
    SELECT auction, count(*) AS num, window_start AS starttime, window_end AS endtime
    FROM HOP(bid, date_time, INTERVAL '2 seconds', INTERVAL '10 seconds')
    GROUP BY auction, window_start, window_end
  ) counted
) placed
WHERE place = 1
