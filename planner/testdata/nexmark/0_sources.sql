CREATE SOURCE person (WATERMARK FOR date_time AS date_time - INTERVAL '4 seconds') WITH (connector = 'nexmark', "table" = 'person');
CREATE SOURCE auction (WATERMARK FOR date_time AS date_time - INTERVAL '4 seconds') WITH (connector = 'nexmark', "table" = 'auction');
CREATE SOURCE bid (WATERMARK FOR date_time AS date_time - INTERVAL '4 seconds') WITH (connector = 'nexmark', "table" = 'bid');
