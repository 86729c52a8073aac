-- What was changed, what Redis must still learn, and what calls did. Documents that nobody searches are json, not jsonb: it keeps
-- what was said as it was said, and text of strangers (\u0000, lone surrogates) cannot make an insert fail.

create table audit (
  id uuid primary key,
  at timestamptz not null,
  -- {kind: platform|key|token|user|system, id, account_id}.
  actor json not null,
  action text not null,
  -- number:<uuid>, account:<uuid> …
  resource text not null,
  account_id uuid,
  before json,
  after json,
  forced boolean not null default false,
  reason text,
  request_id text,
  ip text
);
create index audit_by_resource on audit (resource, at, id);
create index audit_by_account on audit (account_id, at, id);
create index audit_by_action on audit (action, at, id);
create index audit_by_time on audit (at, id);
create trigger audit_append_only before update or delete on audit for each row execute function refuse_change();
create trigger audit_no_truncate before truncate on audit execute function refuse_change();

-- One row a change of a record. The relay takes rows, not a cursor, so no slow transaction can be skipped (decision C7).
create table outbox (
  id bigint generated always as identity primary key,
  ref text not null,
  -- Primary key of the row the record is rendered from; a row that is gone by then leaves a tombstone of this version.
  row_id text not null,
  version bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  next_at timestamptz not null default clock_timestamp(),
  tries integer not null default 0,
  last_error text
);
create index outbox_due on outbox (next_at, id);
create index outbox_age on outbox (created_at);

-- Raised by a restore of Postgres or a full rebuild of Redis: records of an older epoch never win again.
create table plane (
  singleton boolean primary key default true check (singleton),
  epoch bigint not null
);
insert into plane (epoch) values (1);

create table calls (
  call_id uuid primary key,
  direction text not null check (direction in ('inbound', 'outbound', 'internal', 'unknown')),
  mode text not null check (mode in ('live', 'test')),
  caller text not null,
  called text not null,
  number_id uuid,
  account_id uuid,
  sub_account_id uuid,
  identified_by json,
  origin json not null,
  agent_id text not null,
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('completed', 'refused', 'failed', 'cancelled', 'agent_lost')),
  sip_status integer,
  refusal_code text,
  ended_by text,
  versions json not null,
  -- JSON as the agent sent it; never searched.
  decision_input text,
  sip_call_ids text[] not null,
  -- Highest event folded in. Every event writes only columns of its own, so repeated and late ones change nothing (decision C5).
  last_seq integer not null
);
create index calls_by_time on calls (started_at, call_id);
create index calls_by_number on calls (number_id, started_at) where number_id is not null;
create index calls_by_account on calls (account_id, started_at) where account_id is not null;
create index calls_by_called on calls (called, started_at);
create index calls_by_caller on calls (caller, started_at);
create index calls_by_sip_call_id on calls using gin (sip_call_ids);
create index calls_open on calls (agent_id) where ended_at is null;

create table call_attempts (
  call_id uuid not null references calls (call_id) on delete cascade,
  n integer not null,
  trunk_group_id uuid,
  gateway_id uuid,
  -- Null while only the attempt's end is known.
  uri text,
  started_at timestamptz,
  ended_at timestamptz,
  sip_status integer,
  outcome text,
  primary key (call_id, n)
);

-- Events that no record can be made of. Kept, so that a defect of ours loses nothing and holds up no other call.
create table call_events_rejected (
  id bigint generated always as identity primary key,
  event text not null,
  error text not null,
  at timestamptz not null default clock_timestamp()
);
