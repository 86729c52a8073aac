-- Where calls may go and who may send them. Each row with a version is one Redis record (decision C2).

create table endpoints (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  name text not null check (length(name) between 1 and 100),
  type text not null,
  url text,
  provider_config json not null default '{}',
  status text not null default 'active' check (status in ('active', 'inactive')),
  -- [{uri, priority, weight}], what the type, url and provider_config come down to.
  targets json not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index endpoints_by_account on endpoints (account_id, created_at, id);
create index endpoints_by_created on endpoints (created_at, id);

create table trunk_groups (
  id uuid primary key,
  ext_id bigint generated always as identity (start with 1293384261075731000) unique,
  name text not null check (length(name) between 1 and 100),
  kind text not null check (kind in ('carrier', 'customer')),
  account_id uuid references accounts (id),
  mode text not null default 'live' check (mode in ('live', 'test')),
  enabled boolean not null default true,
  number_format text check (number_format in ('e164', 'e164_plus', 'national')),
  country char(2),
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (kind = 'carrier' or account_id is not null)
);
create index trunk_groups_by_account on trunk_groups (account_id, created_at, id) where account_id is not null;
create index trunk_groups_by_created on trunk_groups (created_at, id);

create table gateways (
  id uuid primary key,
  trunk_group_id uuid not null references trunk_groups (id) on delete cascade,
  position integer not null,
  uri text not null,
  priority integer not null,
  weight integer not null,
  enabled boolean not null default true,
  unique (trunk_group_id, position)
);

-- The ACL of one trunk group: CIDRs and ip:port[/transport].
create table sources (
  trunk_group_id uuid primary key references trunk_groups (id) on delete cascade,
  acl text[] not null default '{}',
  version bigint not null default 1
);

-- One row an account with own routes, and one for the platform (id 'platform').
create table route_sets (
  id text primary key,
  account_id uuid unique references accounts (id),
  version bigint not null default 1,
  check ((id = 'platform') = (account_id is null))
);
insert into route_sets (id) values ('platform');
create table outbound_routes (
  id uuid primary key,
  route_set_id text not null references route_sets (id),
  prefix text not null check (prefix ~ '^(=?[0-9]{1,15}|)$'),
  trunk_group_id uuid not null references trunk_groups (id),
  priority integer not null,
  weight integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index outbound_routes_by_set on outbound_routes (route_set_id, created_at, id);
create index outbound_routes_by_created on outbound_routes (created_at, id);
create index outbound_routes_by_prefix on outbound_routes (prefix);
create index outbound_routes_by_group on outbound_routes (trunk_group_id);
