-- Who wants to hear what happened, and what became of telling them. A delivery is made in the transaction of its event, so none is
-- lost and none is made twice; the job that works on it is ordered there too.

-- Several webhooks under one name, so that one subscription may stand for all of them.
create table webhook_groups (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  name text not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index webhook_groups_by_account on webhook_groups (account_id, created_at, id);

create table webhooks (
  id uuid primary key,
  -- Null: the platform's own, which hears of every account.
  account_id uuid references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  -- How bodies look and how they are signed.
  format text not null check (format in ('standard', 'hmac_hex', 'ed25519')),
  url text not null check (length(url) between 1 and 2048),
  description text,
  -- '*' is all of them. Those of a webhook in a group follow from the subscriptions.
  event_types text[] not null,
  include_sub_accounts boolean not null default false,
  -- Null while it is on.
  disabled_reason text check (disabled_reason in ('by_hand', 'failures', 'gone')),
  -- Since when nothing that was sent arrived; null after each delivery that did.
  failing_since timestamptz,
  -- Null where the platform's own key signs.
  secret_sealed text,
  -- The one before it, which signs too until then.
  previous_secret_sealed text,
  previous_until timestamptz,
  group_id uuid references webhook_groups (id),
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((secret_sealed is null) = (format = 'ed25519')),
  check ((previous_secret_sealed is null) = (previous_until is null))
);
create index webhooks_by_account on webhooks (account_id, created_at, id);
create index webhooks_by_group on webhooks (group_id) where group_id is not null;

create table webhook_subscriptions (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  group_id uuid not null references webhook_groups (id),
  -- Null: every webhook of the group.
  webhook_id uuid references webhooks (id) on delete cascade,
  event_type text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique nulls not distinct (group_id, webhook_id, event_type)
);
create index webhook_subscriptions_by_account on webhook_subscriptions (account_id, created_at, id);
create index webhook_subscriptions_by_webhook on webhook_subscriptions (webhook_id) where webhook_id is not null;

create table webhook_deliveries (
  id uuid primary key,
  webhook_id uuid not null references webhooks (id) on delete cascade,
  event_id uuid not null references events (id),
  -- Whose the webhook is.
  account_id uuid,
  mode text not null check (mode in ('live', 'test')),
  format text not null,
  event_type text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  -- 1, and one more for each replay; names the job.
  round integer not null default 1,
  -- Tries of this round; those of all rounds.
  tries integer not null default 0,
  attempts integer not null default 0,
  -- Why it ended without arriving; null otherwise.
  error text,
  next_at timestamptz,
  -- Real time: a worker sends it until then at the latest.
  sending_until timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null,
  unique (webhook_id, event_id),
  check ((state = 'pending') = (next_at is not null))
);
create index webhook_deliveries_by_account on webhook_deliveries (account_id, created_at, id);
create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, created_at, id);
create index webhook_deliveries_by_time on webhook_deliveries (created_at, id);
create index webhook_deliveries_by_event on webhook_deliveries (event_id);
create index webhook_deliveries_pending on webhook_deliveries (webhook_id) where state = 'pending';
create index webhook_deliveries_sending on webhook_deliveries (webhook_id) where sending_until is not null;

create table webhook_attempts (
  delivery_id uuid not null references webhook_deliveries (id) on delete cascade,
  n integer not null,
  url text not null,
  started_at timestamptz not null,
  -- Null: under way, or its worker is gone.
  finished_at timestamptz,
  outcome text check (outcome in ('delivered', 'failed')),
  error text,
  http_status integer,
  request_headers json not null,
  response_headers json,
  -- The beginning of it, NUL bytes left out.
  response_body text,
  primary key (delivery_id, n)
);
