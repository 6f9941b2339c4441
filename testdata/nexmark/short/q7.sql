-- The highest price of each window of ten seconds.
SELECT window_start, window_end, max(price) AS price
FROM TUMBLE(bid, date_time, INTERVAL '10 seconds')
GROUP BY window_start, window_end
