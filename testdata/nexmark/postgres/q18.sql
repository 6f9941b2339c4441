SELECT auction, bidder, price, channel, url, date_time, extra
FROM (
  SELECT *, row_number() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC, price, channel COLLATE "C", url COLLATE "C", extra COLLATE "C") AS place
  FROM bid
) bids
WHERE place <= 1
