-- The call log by days. A call id is a UUIDv7 (decision C11): its first 48 bits are the time of the INVITE, so a range of ids is a
-- day, the key needs no second column, and an event finds its partition however late it comes. There is no default partition: it
-- could not be detached from concurrently, and would grow unseen.

-- The least id a call of this time can have.
create function call_id_at(at timestamptz) returns uuid language sql immutable strict parallel safe as
  $$ select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $$;

-- The time in a call id.
create function call_time(call_id uuid) returns timestamptz language sql immutable strict parallel safe as
  $$ select to_timestamp(('x' || translate(left(call_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) $$;

-- What is still kept; only ever moves forward. Events of calls before it are put aside (call_events_rejected).
create table call_log_kept (
  singleton boolean primary key default true check (singleton),
  calls_from timestamptz not null,
  decisions_from timestamptz not null
);
insert into call_log_kept (calls_from, decisions_from) values ('2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z');

alter table calls rename to calls_before;
alter table call_attempts rename to call_attempts_before;
alter index calls_pkey rename to calls_before_pkey;
alter index call_attempts_pkey rename to call_attempts_before_pkey;
drop index calls_by_number, calls_by_account, calls_by_called, calls_by_caller, calls_by_sip_call_id;

-- Every event writes only columns of its own, null until it comes, so repeated and late ones change nothing (decision C5). No index
-- holds what the end of a call writes: with room in the page that write then touches no index at all.
create table calls (
  call_id uuid primary key,
  direction text check (direction in ('inbound', 'outbound', 'internal', 'unknown')),
  mode text check (mode in ('live', 'test')),
  -- How the routing plane stood for the agent that decided (decision C10).
  plane_mode text check (plane_mode in ('normal', 'degraded')),
  caller text,
  called text,
  number_id uuid,
  account_id uuid,
  sub_account_id uuid,
  identified_by json,
  -- Null until the first event of the call has come; started_at is then the earliest time known.
  origin json,
  -- As it is indexed: a Call-ID beyond 255 characters by its hash.
  sip_call_id text,
  agent_id text not null,
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  post_dial_delay_ms integer,
  outcome text check (outcome in ('completed', 'refused', 'failed', 'cancelled', 'agent_lost')),
  sip_status integer,
  refusal_code text,
  ended_by text,
  versions json,
  last_seq integer not null
) partition by range (call_id);
create index calls_by_number on calls (number_id, call_id) where number_id is not null;
create index calls_by_account on calls (account_id, call_id) where account_id is not null;
create index calls_by_called on calls (called, call_id);
create index calls_by_caller on calls (caller, call_id);
create index calls_by_sip_call_id on calls (sip_call_id);
create index calls_by_refusal on calls (refusal_code, call_id) where refusal_code is not null;

-- No foreign key: the fold writes a call and its attempts in one statement, and a day of both goes at once.
create table call_attempts (
  call_id uuid not null,
  n integer not null,
  trunk_group_id uuid,
  gateway_id uuid,
  -- Null while only the attempt's end is known.
  uri text,
  sip_call_id text,
  started_at timestamptz,
  ended_at timestamptz,
  sip_status integer,
  outcome text,
  primary key (call_id, n)
) partition by range (call_id);
create index call_attempts_by_trunk_group on call_attempts (trunk_group_id, call_id) where trunk_group_id is not null;
create index call_attempts_by_gateway on call_attempts (gateway_id, call_id) where gateway_id is not null;
create index call_attempts_by_sip_call_id on call_attempts (sip_call_id) where sip_call_id is not null;

-- What explain of a past call starts from: the bulk of a call's bytes, never changed, kept for a week (decision C12).
create table call_decisions (
  call_id uuid primary key,
  input text not null
) partition by range (call_id);

-- Calls that have not ended. A row may stay behind when two drains work side by side; readers look at the call itself.
create table open_calls (
  call_id uuid primary key,
  agent_id text not null
) with (fillfactor = 50);

-- Makes the partitions of one day (UTC), all or none; true when they are there. A day that is no longer kept is not made again.
create function make_call_day(day date) returns boolean language plpgsql as $$
declare
  begins constant timestamptz := day::timestamp at time zone 'UTC';
  ends constant timestamptz := (day + 1)::timestamp at time zone 'UTC';
  kept call_log_kept;
  parent text;
  name text;
begin
  perform pg_advisory_xact_lock(4711550863);
  select * into strict kept from call_log_kept;
  if ends <= kept.calls_from then return false; end if;
  foreach parent in array array['calls', 'call_attempts', 'call_decisions'] loop
    name := parent || '_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass(name) is not null or (parent = 'call_decisions' and ends <= kept.decisions_from);
    -- Made apart and attached: this way the parent is locked against neither reading nor writing.
    execute format('create table %I (like %I including defaults including constraints) with (fillfactor = %s)', name, parent,
      case parent when 'call_decisions' then 100 else 60 end);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name, call_id_at(begins), call_id_at(ends));
  end loop;
  return true;
end $$;

do $$
declare day date;
begin
  for day in
    select distinct (call_time(call_id) at time zone 'UTC')::date from calls_before where substr(call_id::text, 15, 1) = '7'
    union select generate_series(0, 1) + (clock_timestamp() at time zone 'UTC')::date
  loop perform make_call_day(day); end loop;
end $$;

insert into calls (call_id, direction, mode, caller, called, number_id, account_id, sub_account_id, identified_by, origin, sip_call_id,
  agent_id, started_at, answered_at, ended_at, outcome, sip_status, refusal_code, ended_by, versions, last_seq)
select call_id, nullif(direction, 'unknown'), mode, nullif(caller, ''), nullif(called, ''), number_id, account_id, sub_account_id,
  identified_by, case when origin::text <> '{}' then origin end,
  case when length(origin ->> 'sipCallId') <= 255 then origin ->> 'sipCallId'
    else 'sha256:' || encode(sha256(convert_to(origin ->> 'sipCallId', 'UTF8')), 'hex') end,
  agent_id, started_at, answered_at, ended_at, outcome, sip_status, refusal_code, ended_by, versions, last_seq
from calls_before where substr(call_id::text, 15, 1) = '7';

insert into call_decisions (call_id, input)
select call_id, decision_input from calls_before where decision_input is not null and substr(call_id::text, 15, 1) = '7';

insert into open_calls (call_id, agent_id) select call_id, agent_id from calls where ended_at is null;

-- The legs of a call were one list: each goes to the attempt in its place, so that every leg still finds the call.
insert into call_attempts (call_id, n, trunk_group_id, gateway_id, uri, sip_call_id, started_at, ended_at, sip_status, outcome)
select a.call_id, a.n, a.trunk_group_id, a.gateway_id, a.uri, legs.ids[row_number() over (partition by a.call_id order by a.n)],
  a.started_at, a.ended_at, a.sip_status, a.outcome
from call_attempts_before a
join calls c using (call_id)
join lateral (select array_agg(id order by id) as ids from calls_before b, unnest(b.sip_call_ids) id
  where b.call_id = c.call_id and id is distinct from c.sip_call_id) legs on true;

insert into call_events_rejected (event, error)
select row_to_json(b)::text, 'a call whose id holds no time' from calls_before b where substr(call_id::text, 15, 1) <> '7';

drop table call_attempts_before, calls_before;

-- Every call moves last_call_at twice; with room in the page that touches none of the table's many indexes.
alter table numbers set (fillfactor = 80);
