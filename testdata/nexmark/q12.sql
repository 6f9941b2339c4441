-- Processing time: how many bids of each user come in every ten seconds of the clock.
SELECT bidder, count(*) AS bid_count, window_start AS starttime, window_end AS endtime
FROM TUMBLE((SELECT *, proctime() AS p_time FROM bid) AS b, p_time, INTERVAL '10 seconds')
GROUP BY bidder, window_start, window_end
