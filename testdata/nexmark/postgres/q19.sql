SELECT *
FROM (
  SELECT *, row_number() OVER (PARTITION BY auction
    ORDER BY price DESC, bidder, channel COLLATE "C", url COLLATE "C", date_time, extra COLLATE "C") AS rank_number
  FROM bid
) bids
WHERE rank_number <= 10
