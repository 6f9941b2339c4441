-- Each bid is in the five windows that start in the ten seconds up to it.
WITH counted AS (
  SELECT auction, count(*) AS num, date_bin('2 seconds', date_time, 'epoch') - k * INTERVAL '2 seconds' AS starttime
  FROM bid, generate_series(0, 4) AS k
  GROUP BY 1, 3
)
SELECT auction, num FROM (SELECT *, rank() OVER (PARTITION BY starttime ORDER BY num DESC) AS place FROM counted) placed WHERE place = 1
