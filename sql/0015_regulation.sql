-- Regulation: what the catalogue says of itself, groups of values that are approved before they are used, and what values refer to.

alter table requirements
  add column description text check (length(description) between 1 and 2000),
  add column example text check (length(example) between 1 and 1000);

-- All requirements of a country and type together, as clients look them up; raised with each one that is added.
create table requirement_sets (
  id uuid primary key,
  country char(2) not null,
  number_type text not null check (number_type in ('local', 'mobile', 'national', 'toll_free', 'shared_cost')),
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (country, number_type)
);
insert into requirement_sets (id, country, number_type, version, created_at, updated_at)
  select gen_random_uuid(), country, number_type, count(*), min(created_at), max(created_at) from requirements group by country, number_type;

-- Values for numbers of one country and type, for any order of the holder's.
create table requirement_groups (
  id uuid primary key,
  mode text not null check (mode in ('live', 'test')),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  country char(2) not null,
  number_type text not null check (number_type in ('local', 'mobile', 'national', 'toll_free', 'shared_cost')),
  -- `expired` is not stored: it is an approved group after `expires_at`.
  state text not null check (state in ('unapproved', 'in_review', 'approved', 'declined')),
  customer_reference text check (length(customer_reference) between 1 and 255),
  expires_at timestamptz,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((state = 'approved') = (expires_at is not null))
);
create index requirement_groups_by_holder on requirement_groups (owner_account_id, sub_account_id, mode, created_at, id);
create index requirement_groups_in_review on requirement_groups (created_at, id) where state = 'in_review';

-- The definition as it was when the group was made; null: not given yet.
create table requirement_group_values (
  group_id uuid not null references requirement_groups (id) on delete cascade,
  requirement_id uuid not null,
  position smallint not null,
  name text not null,
  field_type text not null,
  acceptance json not null,
  value text,
  updated_at timestamptz not null,
  primary key (group_id, requirement_id)
);

create table addresses (
  id uuid primary key,
  -- Integer ids, as the vendor's clients know them.
  ext_id bigint generated always as identity (start with 2791538576658007000) unique,
  mode text not null check (mode in ('live', 'test')),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  country char(2) not null,
  customer_reference text,
  street_address text not null,
  -- Everything else that is written on an envelope, as it was given.
  fields json not null,
  created_at timestamptz not null
);
create index addresses_by_holder on addresses (owner_account_id, sub_account_id, mode, created_at, id);

create table documents (
  id uuid primary key,
  mode text not null check (mode in ('live', 'test')),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  filename text not null check (length(filename) between 1 and 255),
  content_type text not null,
  customer_reference text check (length(customer_reference) between 1 and 255),
  status text not null check (status in ('pending', 'verified', 'denied')),
  size_bytes integer not null check (size_bytes > 0),
  sha256 bytea not null,
  content bytea not null,
  -- When the first value referred to it; one that none refers to is removed soon.
  linked_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index documents_by_holder on documents (owner_account_id, sub_account_id, mode, created_at, id);
create index documents_unlinked on documents (created_at) where linked_at is null;
-- Pictures do not compress.
alter table documents alter column content set storage external;

-- What refers to an address or a document.
create index requirement_values_references on requirement_values (value) where field_type in ('address', 'document');
create index requirement_group_values_references on requirement_group_values (value) where field_type in ('address', 'document');
-- What waits for a reviewer.
create index requirement_values_provided on requirement_values (item_id) where status = 'provided';
