-- Who looks after an operation that asks for a person or left something: to whom it was handed last, by whom, and the note.
-- It says who cares for it and gives nobody a permission.
CREATE TABLE operation_hand_over (
    about TEXT PRIMARY KEY NOT NULL REFERENCES operation (id),
    to_user TEXT NOT NULL REFERENCES user_account (id),
    to_name TEXT NOT NULL,
    handed_by TEXT NOT NULL,
    note TEXT NOT NULL,
    handed_at BIGINT NOT NULL,
    operation_id TEXT NOT NULL
);
CREATE INDEX operation_hand_over_to ON operation_hand_over (to_user, about);

-- A choice within an operation that destroys something, which somebody made and a second person has to approve: of which
-- question, by whom, and why. Whatever else is chosen meanwhile makes it a question that is not asked any more.
CREATE TABLE proposed_choice (
    operation_id TEXT PRIMARY KEY NOT NULL REFERENCES operation (id),
    choice TEXT NOT NULL,
    question TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    asked_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    asked_at BIGINT NOT NULL
);
