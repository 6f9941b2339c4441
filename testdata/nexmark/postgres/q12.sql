-- Into which windows of the clock bids fall is not known.
SELECT bidder, count(*), true FROM bid GROUP BY bidder
