-- Longest life of a call in seconds, beside the other limits of decision C9; null: as the platform says. The smallest of all that a call
-- meets wins. Part of the record of the row (decision C2).
alter table accounts add column max_call_seconds integer check (max_call_seconds between 1 and 86400);
alter table numbers add column max_call_seconds integer check (max_call_seconds between 1 and 86400);
alter table trunk_groups add column max_call_seconds integer check (max_call_seconds between 1 and 86400);
alter table gateways add column max_call_seconds integer check (max_call_seconds between 1 and 86400);
