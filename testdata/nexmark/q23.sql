-- Expand bids twice: the bids of people who sell something themselves, with the person and each of their auctions.
SELECT bidder, price, channel, url, b.extra AS bid_extra,
  p.id AS person_id, name, email_address, credit_card, city, state, p.extra AS person_extra,
  item_name, description, initial_bid, reserve, a.date_time AS auction_date_time, expires, seller, category, a.extra AS auction_extra
FROM bid b JOIN person p ON p.id = b.bidder JOIN auction a ON a.seller = b.bidder
