CREATE TABLE side_input (key bigint PRIMARY KEY, value text);
INSERT INTO side_input SELECT k, 'value-' || k FROM generate_series(0, 9999) AS k
