-- A bid begins a session if none of its user came in the ten seconds before.
SELECT bidder, count(*) AS bid_count, min(date_time) AS starttime, max(date_time) + INTERVAL '10 seconds' AS endtime
FROM (
  SELECT bidder, date_time, count(*) FILTER (WHERE begins) OVER (PARTITION BY bidder ORDER BY date_time) AS session
  FROM (
    SELECT bidder, date_time, date_time - lag(date_time) OVER (PARTITION BY bidder ORDER BY date_time) > INTERVAL '10 seconds' AS begins
    FROM bid
  ) marked
) numbered
GROUP BY bidder, session
