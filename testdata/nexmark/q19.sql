-- Top ten: the ten highest bids for each auction.
SELECT *
FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC) AS rank_number FROM bid) bids
WHERE rank_number <= 10
