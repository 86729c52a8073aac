-- Work of the workers. This table is the state of record; the queue server only carries ids and may lose them (decision C8).

create table jobs (
  id uuid primary key,
  queue text not null check (queue ~ '^[a-z-]{1,40}$'),
  -- What makes two orders for the same work one job.
  key text not null check (length(key) between 1 and 200),
  payload json not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  -- Starts so far. A run writes its end only while this is still the run it started: a worker that slept too long writes nothing.
  runs integer not null default 0,
  -- Faults since the last step forward.
  tries integer not null default 0,
  progress json,
  result json,
  -- A public code; what the fault was is in the log.
  error text,
  -- Product time: the test clock moves it. The other two are real time.
  due_at timestamptz not null,
  woken_at timestamptz,
  lease_until timestamptz,
  account_id uuid,
  number_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (queue, key),
  check ((state = 'running') = (lease_until is not null))
);
create index jobs_due on jobs (due_at, id) where state = 'queued';
create index jobs_running on jobs (lease_until) where state = 'running';
create index jobs_by_created on jobs (created_at, id);
create index jobs_by_queue on jobs (queue, created_at, id);
create index jobs_by_state on jobs (state, created_at, id);
create index jobs_by_number on jobs (number_id, created_at, id) where number_id is not null;

-- Which trunk group a number has left, and the version of the number from which on it is not routed there (decision B6).
create table number_trunk_groups (
  number_id uuid not null references numbers (id),
  epoch bigint not null,
  trunk_group_id uuid not null,
  left_at timestamptz not null,
  primary key (number_id, epoch)
);

-- What happened, for those who subscribed; deliveries are made from these rows. The key makes a repeated event one.
create table events (
  id uuid primary key,
  key text not null unique,
  type text not null,
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  resource text not null,
  payload json not null,
  at timestamptz not null
);
create index events_by_account on events (account_id, at, id);
