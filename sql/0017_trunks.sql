-- Trunks in the vendors' words (decision B9): what their faces say of a trunk group beyond its gateways and its ACL.

-- What a trunk lets its calls out do; used by the trunk groups that name it.
create table outbound_profiles (
  id uuid primary key,
  ext_id bigint generated always as identity (start with 1893384261075731000) unique,
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  name text not null check (length(name) between 1 and 200),
  enabled boolean not null default true,
  max_channels integer check (max_channels between 0 and 1000000),
  tags text[] not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index outbound_profiles_by_account on outbound_profiles (account_id, created_at, id);

alter table trunk_groups
  -- null: calls come in and go out.
  add column direction text check (direction in ('inbound', 'outbound')),
  -- How its peer says who it is; null: told by what it has.
  add column identified_by text check (identified_by in ('login', 'address', 'name')),
  add column outbound_profile_id uuid references outbound_profiles (id),
  -- Labels (decision B33).
  add column description text,
  add column tags text[] not null default '{}';
create index trunk_groups_by_profile on trunk_groups (outbound_profile_id) where outbound_profile_id is not null;

-- Entries of ACLs and gateways of customer groups as things of their own, with a name and an id; also those that no group uses yet, and
-- ones that are switched off. What is in force is in sources and gateways; a gateway has the id of its part.
create table trunk_parts (
  id uuid primary key,
  ext_id bigint generated always as identity (start with 1593384261075731000) unique,
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  trunk_group_id uuid references trunk_groups (id) on delete cascade,
  kind text not null check (kind in ('address', 'uri')),
  -- An ACL entry, or a SIP URI.
  value text not null check (length(value) between 1 and 255),
  -- Of an address: calls go there too, at this port.
  port integer check (port between 1 and 65535),
  priority integer not null default 10 check (priority between 0 and 65535),
  weight integer not null default 1 check (weight between 0 and 65535),
  enabled boolean not null default true,
  name text,
  description text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (port is null or kind = 'address')
);
create index trunk_parts_by_account on trunk_parts (account_id, created_at, id);
create index trunk_parts_by_group on trunk_parts (trunk_group_id) where trunk_group_id is not null;

insert into trunk_parts (id, account_id, mode, trunk_group_id, kind, value, created_at, updated_at)
  select gen_random_uuid(), g.account_id, g.mode, g.id, 'address', e.entry, g.created_at, g.updated_at
    from trunk_groups g join sources s on s.trunk_group_id = g.id cross join lateral (select distinct unnest(s.acl) as entry) e
   where g.kind = 'customer';
insert into trunk_parts (id, account_id, mode, trunk_group_id, kind, value, priority, weight, enabled, created_at, updated_at)
  select w.id, g.account_id, g.mode, g.id, 'uri', w.uri, w.priority, w.weight, w.enabled, g.created_at, g.updated_at
    from trunk_groups g join gateways w on w.trunk_group_id = g.id
   where g.kind = 'customer';

alter table sip_credentials
  -- `user`: a SIP user of the account. `trunk`: the login of a trunk. `issued`: made on demand for a trunk's clients.
  add column purpose text not null default 'user' check (purpose in ('user', 'trunk', 'issued')),
  -- The trunk whose limits its calls count against, and without which it is of no use.
  add column trunk_group_id uuid references trunk_groups (id),
  add column expires_at timestamptz,
  -- Labels (decision B33).
  add column name text,
  add column description text,
  add column tag text;
create index sip_credentials_by_trunk on sip_credentials (trunk_group_id) where trunk_group_id is not null;
