-- What must be decided of certain calls, whatever is changed: checked in the transaction of every change of what the decision read.
create table expectations (
  id uuid primary key,
  -- Whose call it is; null: the platform's.
  account_id uuid references accounts (id),
  name text not null,
  enabled boolean not null,
  call jsonb not null,
  expected jsonb not null,
  -- Records that the last decision read: a change of anything else cannot change it.
  depends text[] not null,
  -- Why it does not hold; null while it does.
  broken text,
  -- The last decision, shown as `before` when a change would break it.
  explanation jsonb not null,
  judged_at timestamptz not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique nulls not distinct (account_id, name)
);
create index expectations_by_depends on expectations using gin (depends) where enabled;
create index expectations_by_created on expectations (created_at, id);
