SELECT auction, bidder, price, channel,
  (string_to_array(url, '/'))[4] AS dir1, (string_to_array(url, '/'))[5] AS dir2, (string_to_array(url, '/'))[6] AS dir3
FROM bid
