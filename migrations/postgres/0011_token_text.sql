-- The text of an API token is told once to the script that issued it; when, so that it is not told again.
ALTER TABLE api_token ADD COLUMN text_told_at BIGINT;
