-- Highest bid: the bids at the highest price of each window of ten seconds. A bid at the very end of a window counts there too.
SELECT b.auction, b.price, b.bidder, b.date_time, b.extra
FROM bid b
JOIN (
  SELECT max(price) AS maxprice, window_end AS date_time
  FROM TUMBLE(bid, date_time, INTERVAL '10 seconds')
  GROUP BY window_start, window_end
) best ON b.price = best.maxprice
WHERE b.date_time BETWEEN best.date_time - INTERVAL '10' SECOND AND best.date_time
