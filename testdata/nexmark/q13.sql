-- Bounded side input: each bid with what a table has for it when it comes.
SELECT b.auction, b.bidder, b.price, b.date_time, s.value
FROM bid b JOIN side_input FOR SYSTEM_TIME AS OF proctime() AS s ON mod(b.auction, 10000) = s.key
