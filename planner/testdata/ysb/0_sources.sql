CREATE SOURCE events (WATERMARK FOR event_time AS event_time - INTERVAL '4 seconds') WITH (connector = 'ysb', "table" = 'events');
CREATE SOURCE ad_stream WITH (connector = 'ysb', "table" = 'ads');
CREATE MATERIALIZED VIEW ads AS SELECT ad_id, campaign_id FROM ad_stream;
