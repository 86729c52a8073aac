-- Orders of numbers: what was asked for, what regulation wants to know first, and the money that waits for it.

-- The platform's side of `held`: with it a hold sums to zero and touches neither revenue nor funding.
alter table ledger_entries drop constraint ledger_entries_book_check;
alter table ledger_entries add constraint ledger_entries_book_check
  check (book in ('wallet', 'held', 'promised', 'revenue', 'funding'));

-- The catalogue: what a number of this country and type needs before it may be active.
create table requirements (
  id uuid primary key,
  country char(2) not null,
  number_type text not null check (number_type in ('local', 'mobile', 'national', 'toll_free', 'shared_cost')),
  name text not null check (length(name) between 1 and 200),
  field_type text not null check (field_type in ('textual', 'datetime', 'address', 'document')),
  -- {minLength, maxLength, acceptableValues, caseSensitive, pattern}, each null where there is no such rule.
  acceptance json not null,
  created_at timestamptz not null
);
create unique index requirements_by_name on requirements (country, number_type, lower(name));
create index requirements_by_created on requirements (created_at, id);

create table number_orders (
  id uuid primary key,
  mode text not null check (mode in ('live', 'test')),
  owner_account_id uuid not null references accounts (id),
  sub_account_id uuid references accounts (id),
  -- Drawn from the sub-orders, stored to be searched.
  status text not null check (status in ('pending', 'success', 'failure', 'cancelled', 'deleted')),
  requirements_met boolean not null,
  phone_numbers_count integer not null check (phone_numbers_count between 1 and 1000),
  customer_reference text check (length(customer_reference) between 1 and 255),
  -- Where the numbers shall ring; no foreign key: a group may go while its orders stay.
  trunk_group_id uuid,
  trunk_group_ext_id text,
  messaging_profile_id text,
  billing_group_id text,
  -- SHA-256 of what was asked for: a client's automatic retry is recognised by it (decision B14).
  request_sha256 bytea,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index number_orders_by_holder on number_orders (owner_account_id, sub_account_id, mode, created_at, id);
create index number_orders_by_request on number_orders (owner_account_id, request_sha256, created_at) where request_sha256 is not null;

-- One a country and type.
create table sub_number_orders (
  id uuid primary key,
  order_id uuid not null references number_orders (id),
  position smallint not null,
  country char(2) not null,
  number_type text not null,
  status text not null check (status in ('pending', 'success', 'failure', 'cancelled', 'deleted')),
  requirements_met boolean not null,
  phone_numbers_count integer not null,
  customer_reference text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (order_id, country, number_type)
);

create table order_items (
  id uuid primary key,
  order_id uuid not null references number_orders (id),
  sub_order_id uuid not null references sub_number_orders (id),
  position smallint not null,
  number_id uuid not null references numbers (id),
  e164 text not null,
  locality text,
  status text not null check (status in ('pending', 'success', 'failure', 'cancelled', 'deleted')),
  charge_minor bigint not null check (charge_minor >= 0),
  currency char(3) not null,
  deadline timestamptz,
  -- What keeps the money while the item waits, and what took or gave it back: every hold has a pending item (invariant 7).
  hold_transaction_id uuid references ledger_transactions (id),
  settle_transaction_id uuid references ledger_transactions (id),
  unique (order_id, position),
  check ((status = 'pending') = (settle_transaction_id is null)),
  check (status <> 'pending' or hold_transaction_id is not null)
);
create index order_items_by_sub_order on order_items (sub_order_id, position);
-- A number waits in one order at most.
create unique index order_items_one_pending on order_items (number_id) where status = 'pending';
create index order_items_live on order_items (number_id) where status in ('pending', 'success');
create unique index order_items_by_hold on order_items (hold_transaction_id) where hold_transaction_id is not null;
create unique index order_items_by_settle on order_items (settle_transaction_id) where settle_transaction_id is not null;

-- The definition as it was when the number was ordered (decision B27), and the value given for it.
create table requirement_values (
  item_id uuid not null references order_items (id),
  requirement_id uuid not null,
  position smallint not null,
  name text not null,
  field_type text not null,
  acceptance json not null,
  value text,
  status text not null check (status in ('unset', 'provided', 'approved', 'rejected')),
  primary key (item_id, requirement_id),
  check ((status = 'unset') = (value is null))
);

-- Numbers that an account has been shown lately; written only where buying needs a search first.
create table number_searches (
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  e164 text not null,
  searched_at timestamptz not null,
  primary key (account_id, mode, e164)
);
