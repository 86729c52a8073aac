-- What surrounds an order: the talk about it, reports of many, numbers kept for somebody before they are ordered, and the jobs that end
-- what waited too long.

-- Both sides of a conversation about a sub-order or a requirement group, with whom it belongs to.
create table comments (
  id uuid primary key,
  mode text not null check (mode in ('live', 'test')),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  -- No foreign key: it lies in one of two tables.
  record_type text not null check (record_type in ('sub_number_order', 'requirement_group')),
  record_id uuid not null,
  body text not null check (length(body) between 1 and 4000),
  commenter text not null check (length(commenter) between 1 and 320),
  commenter_type text not null check (commenter_type in ('user', 'admin')),
  created_at timestamptz not null,
  read_at timestamptz,
  updated_at timestamptz not null
);
create index comments_by_record on comments (record_id, created_at, id);
create index comments_by_holder on comments (owner_account_id, sub_account_id, mode, created_at, id);
create index comments_by_created on comments (created_at, id);

-- A report is a snapshot: its rows are written by a job, part by part, and read as they were until they expire.
create table sub_order_reports (
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
create index sub_order_reports_pending on sub_order_reports (owner_account_id) where status = 'pending';

create table sub_order_report_parts (
  report_id uuid not null references sub_order_reports (id),
  position integer not null,
  rows json not null,
  primary key (report_id, position)
);

create table number_reservations (
  id uuid primary key,
  mode text not null check (mode in ('live', 'test')),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  status text not null check (status in ('success', 'partial')),
  customer_reference text check (length(customer_reference) between 1 and 255),
  extensions smallint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index number_reservations_by_holder on number_reservations (owner_account_id, sub_account_id, mode, created_at, id);

-- What became of each number that was asked for. Whether it is still kept is said by `numbers`, never here.
create table reserved_numbers (
  id uuid primary key,
  reservation_id uuid not null references number_reservations (id),
  position smallint not null,
  e164 text not null,
  number_id uuid references numbers (id),
  -- Why it could not be had.
  error text,
  expired_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (reservation_id, position),
  check ((error is null) = (number_id is not null)),
  check ((error is null) = (expired_at is not null))
);
create index reserved_numbers_by_e164 on reserved_numbers (e164);

-- `reserved` is reserved_until > now, judged under the row lock (decision B27): it ends by itself, and a sale clears it.
alter table numbers
  add column reserved_until timestamptz,
  add column reserved_owner_account_id uuid references accounts (id),
  add column reserved_sub_account_id uuid references accounts (id),
  -- The row of reserved_numbers that it is kept by.
  add column reserved_as uuid references reserved_numbers (id),
  add column billing_group_id text,
  add constraint numbers_reserved_whole check (
    (reserved_until is null) = (reserved_owner_account_id is null) and (reserved_until is null) = (reserved_as is null)),
  add constraint numbers_reserved_in_stock check (reserved_until is null or lifecycle = 'available');
create index numbers_reserved on numbers (reserved_owner_account_id, reserved_until) where reserved_until is not null;

-- Orders that wait already get the job that ends them.
insert into jobs (id, queue, key, payload, due_at, account_id, created_at, updated_at)
select gen_random_uuid(), 'requirement-deadlines', order_id || ':' || ms, json_build_object('orderId', order_id, 'deadline', ms),
    to_timestamp(ms / 1000.0), owner_account_id, now(), now()
  from (
    select distinct i.order_id, o.owner_account_id, (extract(epoch from i.deadline) * 1000)::bigint as ms
      from order_items i join number_orders o on o.id = i.order_id
     where i.status = 'pending' and i.deadline is not null
  ) waiting
on conflict (queue, key) do nothing;
