SET sql_dialect = 'flink';

SELECT auction, bidder, price, date_time, extra FROM bid
