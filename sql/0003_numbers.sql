-- Numbers, their holders, and the SIP credentials that come and go with a holder.

create table numbers (
  id uuid primary key,
  ext_id bigint generated always as identity (start with 2637816387126861000) unique,
  e164 text not null check (e164 ~ '^\+[1-9][0-9]{6,14}$'),
  mode text not null check (mode in ('live', 'test')),
  country char(2) not null,
  type text not null check (type in ('local', 'mobile', 'national', 'toll_free', 'shared_cost')),
  region text,
  capabilities text[] not null default '{voice}',
  setup_fee_minor bigint not null check (setup_fee_minor >= 0),
  monthly_fee_minor bigint not null check (monthly_fee_minor >= 0),
  currency char(3) not null,
  carrier_trunk_group_id uuid references trunk_groups (id),

  owner_account_id uuid references accounts (id),
  sub_account_id uuid references accounts (id),
  -- 'suspended' and 'reserved' are derived, never stored (decisions B25, B27).
  lifecycle text not null default 'available' check (lifecycle in ('available', 'pending', 'active', 'releasing')),
  suspended_by text[] not null default '{}' check (suspended_by <@ array['tenant', 'platform', 'billing']),
  -- Not for sale before this time, except to the last holder (decision B8).
  available_at timestamptz,
  last_owner_account_id uuid references accounts (id),
  last_sub_account_id uuid references accounts (id),

  allow_inbound boolean not null default true,
  allow_outbound boolean not null default false,
  endpoint_id uuid references endpoints (id),
  trunk_group_id uuid references trunk_groups (id),
  tags text[] not null default '{}',
  customer_reference text,
  deletion_lock boolean not null default false,
  last_call_at timestamptz,
  purchased_at timestamptz,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,

  -- Number first, so that a search without mode finds it too.
  unique (e164, mode),
  check (num_nonnulls(endpoint_id, trunk_group_id) <= 1),
  check ((owner_account_id is null) = (lifecycle = 'available')),
  check (sub_account_id is null or owner_account_id is not null)
);
create index numbers_by_holder on numbers (owner_account_id, sub_account_id, created_at, id) where owner_account_id is not null;
create index numbers_by_owner on numbers (owner_account_id, created_at, id) where owner_account_id is not null;
create index numbers_by_sub_account on numbers (sub_account_id, created_at, id) where sub_account_id is not null;
create index numbers_in_stock on numbers (mode, country, type, created_at, id) where lifecycle = 'available';
create index numbers_in_stock_by_created on numbers (mode, created_at, id) where lifecycle = 'available';
create index numbers_by_created on numbers (created_at, id);
-- The owned numbers in key order: what a rebuild of Redis walks.
create index numbers_owned on numbers (id) where owner_account_id is not null;
create index numbers_by_endpoint on numbers (endpoint_id) where endpoint_id is not null;
create index numbers_by_trunk_group on numbers (trunk_group_id) where trunk_group_id is not null;
create index numbers_by_carrier on numbers (carrier_trunk_group_id) where carrier_trunk_group_id is not null;

-- Who has had a number, and when. The open row is the holder; there is at most one (invariant 1).
create table number_holders (
  id uuid primary key,
  number_id uuid not null references numbers (id),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  from_at timestamptz not null,
  to_at timestamptz,
  reason text not null,
  check (to_at is null or to_at >= from_at)
);
create unique index number_holders_one_open on number_holders (number_id) where to_at is null;
create index number_holders_by_number on number_holders (number_id, from_at);

create table sip_credentials (
  id uuid primary key,
  -- Visible ASCII only: compared without case here, in Redis and on the wire, where nothing else folds alike everywhere.
  realm text not null check (realm ~ '^[!-~]{1,255}$'),
  username text not null check (username ~ '^[!-~]{1,128}$'),
  account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  -- Set: the number's own credential, destroyed with the holder. Unset: a login of the account (decision C13).
  number_id uuid references numbers (id),
  mode text not null check (mode in ('live', 'test')),
  -- AES-256-GCM with SEALING_KEY.
  sealed_password text not null,
  sealed_ha1 text not null,
  digest text check (digest in ('md5', 'sha256', 'both')),
  enabled boolean not null default true,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index sip_credentials_by_login on sip_credentials (lower(realm), lower(username));
create unique index sip_credentials_one_per_number on sip_credentials (number_id) where number_id is not null;
create index sip_credentials_by_account on sip_credentials (account_id, created_at, id);
create index sip_credentials_by_created on sip_credentials (created_at, id);

-- The record of a login is named by realm and username, so a login made anew must go on above the version of the tombstone
-- that its predecessor left in Redis (decision C7). Only chosen usernames come back; generated ones of numbers never do.
create table sip_login_versions (
  login text primary key,
  version bigint not null
);
