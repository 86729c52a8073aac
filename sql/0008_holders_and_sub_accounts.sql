-- What a change of holder must know, and what a tenant says of its sub-accounts.

-- The last call of the number when this holder's time with it ended, from Redis and Postgres under the fence (decision C4). A number
-- that left a sub-account by force still cools off from that sub-account's calls, whoever has had it since (decision B8).
alter table number_holders add column last_call_at timestamptz;

-- When the first mark of a complete routing plane was set. Before it no agent admitted a call, so an empty Redis has lost none;
-- every later empty Redis may have (decision C4).
alter table plane add column first_marked_at timestamptz;
-- A database that has seen calls has been marked, whenever that was.
update plane set first_marked_at = '2000-01-01 00:00:00Z' where exists (select from calls) or exists (select from outbox);

-- Labels of sub-accounts: stored and told again, and nothing else (decision B33).
create table sub_account_profiles (
  account_id uuid primary key references accounts (id),
  email text,
  phone text,
  description text,
  rate_limit integer not null default 1000 check (rate_limit between 1 and 1000000),
  business_type text
);
-- The short number of an account in Vobiz bodies.
alter table accounts add column ext_id bigint generated always as identity (start with 500001) unique;
