-- Which campaign an ad belongs to.
CREATE SOURCE ad_stream WITH (connector = 'ysb', "table" = 'ads');
CREATE TABLE ads (ad_id text PRIMARY KEY, campaign_id text NOT NULL);
INSERT INTO ads SELECT ad_id, campaign_id FROM ad_stream;
