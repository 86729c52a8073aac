-- What tells that Postgres or Redis is not the one it was, and what Redis may have lost (ADR 0009).

-- Which server this is and on which timeline: another one after a promotion, a point-in-time recovery or a load into another server.
-- Empty where a managed service shows neither; then the beat alone tells.
create function postgres_identity() returns text language plpgsql volatile as $$
begin
  return (select system_identifier::text from pg_control_system()) || '.' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
exception when others then
  return '';
end $$;

alter table plane
  -- The server on which the plane was last confirmed; null before the first time.
  add column identity text,
  -- Advanced by the keeper of the plane and then written to Redis: one that Redis has and we have not was lost by a restore.
  add column beat bigint not null default 0,
  add column beat_token text not null default '',
  -- A rebuild under way: its token in Redis, how far it is.
  add column rebuild json;

-- The epoch under which records may be written; null on a server that nobody has confirmed: it may be older than Redis.
create function plane_epoch() returns bigint language sql volatile as
$$ select epoch from plane where identity is null or identity = postgres_identity() $$;

-- What was applied lately, for a Redis that came back without its newest writes. The sweep keeps minutes of it.
create table outbox_applied (
  id bigint generated always as identity primary key,
  ref text not null,
  row_id text not null,
  version bigint not null,
  applied_at timestamptz not null default clock_timestamp()
);
create index outbox_applied_by_time on outbox_applied (applied_at, id);

-- Where the auditor is and what it found; the next leader goes on from here.
create table route_audit (
  singleton boolean primary key default true check (singleton),
  kind text,
  -- Key of the last row looked at of that kind.
  after text,
  -- Rounds over everything that have ended.
  rounds bigint not null default 0,
  started_at timestamptz,
  checked bigint not null default 0,
  -- Kind of damage → how many were repaired, ever.
  repairs json not null default '{}',
  last_seconds double precision,
  last_checked bigint,
  last_ended_at timestamptz
);
insert into route_audit default values;
