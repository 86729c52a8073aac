-- One change asked for many numbers at once, and lists of numbers as files.

create table bulk_jobs (
  id uuid primary key,
  mode text not null check (mode in ('live', 'test')),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  kind text not null check (kind in ('update', 'release')),
  patch json not null,
  -- Who asked: the audit rows of the numbers name it.
  asker json not null,
  numbers_count integer not null check (numbers_count between 1 and 1000),
  succeeded_count integer not null default 0,
  failed_count integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (succeeded_count + failed_count <= numbers_count)
);
create index bulk_jobs_by_holder on bulk_jobs (owner_account_id, sub_account_id, mode, created_at, id);
create index bulk_jobs_under_way on bulk_jobs (owner_account_id) where succeeded_count + failed_count < numbers_count;

-- The outcome is written in the transaction of the number's own change: whoever works on the job after a crash does no number twice.
create table bulk_job_numbers (
  job_id uuid not null references bulk_jobs (id),
  position smallint not null,
  number_id uuid not null references numbers (id),
  ext_id text not null,
  e164 text not null,
  outcome text not null default 'pending' check (outcome in ('pending', 'succeeded', 'failed')),
  -- Why it failed.
  refusal json,
  primary key (job_id, position),
  check ((outcome = 'failed') = (refusal is not null))
);
create index bulk_job_numbers_pending on bulk_job_numbers (job_id, position) where outcome = 'pending';

-- A list of numbers as a file: a snapshot that a job writes part by part, like the reports of sub-orders.
create table number_downloads (
  id uuid primary key,
  mode text not null check (mode in ('live', 'test')),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  -- 'expired' is drawn from expires_at, never stored.
  status text not null check (status in ('pending', 'success', 'failed')),
  filters json not null,
  rows_count integer not null default 0,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((status = 'success') = (expires_at is not null))
);
create index number_downloads_by_holder on number_downloads (owner_account_id, sub_account_id, mode, created_at, id);
create index number_downloads_pending on number_downloads (owner_account_id) where status = 'pending';

create table number_download_parts (
  download_id uuid not null references number_downloads (id),
  position integer not null,
  rows json not null,
  primary key (download_id, position)
);

-- What the platform lists of everybody, oldest first.
create index number_orders_by_created on number_orders (created_at, id);
create index number_reservations_by_created on number_reservations (created_at, id);
