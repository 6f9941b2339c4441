SELECT b.auction, b.price, b.bidder, b.date_time, b.extra
FROM bid b
JOIN (
  SELECT max(price) AS maxprice, date_bin('10 seconds', date_time, 'epoch') + INTERVAL '10 seconds' AS date_time
  FROM bid GROUP BY 2
) best ON b.price = best.maxprice
WHERE b.date_time BETWEEN best.date_time - INTERVAL '10' SECOND AND best.date_time
