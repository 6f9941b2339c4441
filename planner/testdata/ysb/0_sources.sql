CREATE SOURCE events (WATERMARK FOR event_time AS event_time - INTERVAL '4 seconds') WITH (connector = 'ysb', "table" = 'events');
CREATE TABLE ads (ad_id text PRIMARY KEY, campaign_id text) WITH (connector = 'ysb', "table" = 'ads');
