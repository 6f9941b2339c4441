-- The views of each campaign in windows of ten seconds.
SELECT a.campaign_id, e.window_start, count(*) AS views
FROM TUMBLE(events, event_time, INTERVAL '10 seconds') e JOIN ads a ON a.ad_id = e.ad_id
WHERE e.event_type = 'view'
GROUP BY a.campaign_id, e.window_start, e.window_end
