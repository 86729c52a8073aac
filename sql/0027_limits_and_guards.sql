-- Minutes of answered calls out in one day, UTC (decision C23); null is without limit. Part of the record of the row (decision C2).
alter table accounts add column minutes_per_day integer check (minutes_per_day between 0 and 100000000);
alter table numbers add column minutes_per_day integer check (minutes_per_day between 0 and 100000000);
alter table trunk_groups add column minutes_per_day integer check (minutes_per_day between 0 and 100000000);
-- For the worker, which compares what Redis counted with the calls of the day.
create index accounts_with_minutes on accounts (id) where minutes_per_day is not null;
create index numbers_with_minutes on numbers (id) where minutes_per_day is not null;
create index trunk_groups_with_minutes on trunk_groups (id) where minutes_per_day is not null;

-- Where calls of everybody may go, beside the routes of the platform: part of the record of its route set.
alter table route_sets
  add column allowed_destinations text[] check (cardinality(allowed_destinations) <= 1000),
  add column blocked_destinations text[] check (cardinality(blocked_destinations) <= 1000);

-- What an outbound profile lets the calls of its trunk groups do, beside how many there are at once.
alter table outbound_profiles
  add column max_cps double precision check (max_cps > 0 and max_cps <= 100000),
  -- Countries that may be called, ISO 3166-1 alpha-2; null: any.
  add column allowed_countries text[] check (cardinality(allowed_countries) <= 300);

-- Calls out of the account are stopped since then, by the guard against fraud; an admin lifts it. Part of the account's record.
alter table accounts add column outbound_stopped_at timestamptz;

-- What the guard watches of an account's calls out, and what it does then; without a row the platform's policy holds.
create table traffic_policies (
  account_id uuid primary key references accounts (id),
  policy json not null,
  version bigint not null,
  updated_at timestamptz not null
);

-- Calls out by account, hour (UTC) and the first four digits called: what is usual for an account, without reading its calls again.
create table outbound_hours (
  account_id uuid not null,
  prefix text not null,
  hour timestamptz not null,
  attempts integer not null,
  talk_ms bigint not null,
  primary key (account_id, prefix, hour)
);
create index outbound_hours_by_hour on outbound_hours (hour);
-- Hours that are counted.
create table outbound_hours_counted (
  hour timestamptz primary key
);

-- Gateways as subscribers were told of them last.
create table gateway_states (
  gateway_id uuid primary key,
  trunk_group_id uuid not null,
  state text not null check (state in ('up', 'down')),
  told_at timestamptz not null
);

-- What the platform noticed by itself, a carrier's gateway among it, which is no account's.
alter table events alter column account_id drop not null;
create index events_of_alerts on events (id) where type in ('gateway.down', 'gateway.up', 'account.traffic_alert');
