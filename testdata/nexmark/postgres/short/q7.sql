SELECT date_bin('10 seconds', date_time, 'epoch') AS window_start, date_bin('10 seconds', date_time, 'epoch') + INTERVAL '10 seconds' AS window_end,
  max(price) AS price
FROM bid
GROUP BY 1, 2
