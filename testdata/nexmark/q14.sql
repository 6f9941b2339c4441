-- Calculation: bids of a range of prices, with the time of day and how many letters c their text has.
SELECT auction, bidder, 0.908 * price AS price,
  CASE
    WHEN extract(hour FROM date_time)::bigint >= 8 AND extract(hour FROM date_time)::bigint <= 18 THEN 'dayTime'
    WHEN extract(hour FROM date_time)::bigint <= 6 OR extract(hour FROM date_time)::bigint >= 20 THEN 'nightTime'
    ELSE 'otherTime'
  END AS bid_time_type,
  date_time, extra, char_length(extra) - char_length(replace(extra, 'c', '')) AS c_counts
FROM bid
WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000
