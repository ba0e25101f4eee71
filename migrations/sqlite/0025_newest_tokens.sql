-- The newest tokens, shown on the list of nodes: ten thousand machines came in with ten thousand of them.
CREATE INDEX enrolment_token_newest ON enrolment_token (issued_at DESC, id DESC);
