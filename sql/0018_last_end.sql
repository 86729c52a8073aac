-- The latest end anybody told of a call whose agent was given up: the agent's own word replaces that end in the record, but Redis has had
-- it as the last call of the number, and a last call never goes back (invariant 5). Null where nobody else spoke.
alter table calls add column last_end_at timestamptz;
