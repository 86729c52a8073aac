-- Accounts, who may act for them, and their money.

create table accounts (
  id uuid primary key,
  -- MA_/SA_ + 18 upper-case alphanumerics: the id in Vobiz paths, and part of SIP realms.
  auth_id text not null unique,
  name text not null check (length(name) between 1 and 200),
  kind text not null check (kind in ('account', 'sub_account')),
  parent_id uuid references accounts (id),
  status text not null default 'active' check (status in ('active', 'disabled', 'closed')),
  currency char(3) not null,
  country char(2),
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((kind = 'sub_account') = (parent_id is not null))
);
create index accounts_by_parent on accounts (parent_id, created_at, id) where parent_id is not null;
create index accounts_by_created on accounts (created_at, id);

create table api_keys (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  -- 'key': kros_live_/kros_test_ bearer; 'auth_token': the X-Auth-Token of the account's auth_id.
  kind text not null check (kind in ('key', 'auth_token')),
  -- First characters, to recognise a key in a list. The secret itself is never stored.
  prefix text not null,
  secret_sha256 bytea not null unique,
  mode text not null check (mode in ('live', 'test')),
  role text not null check (role in ('owner', 'admin', 'member')),
  -- null: everything the role may do.
  scopes text[],
  allowed_ips text[] not null default '{}',
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null
);
create index api_keys_by_account on api_keys (account_id, created_at, id);

create table users (
  id uuid primary key,
  email text not null,
  created_at timestamptz not null
);
create table memberships (
  user_id uuid not null references users (id),
  account_id uuid not null references accounts (id),
  role text not null check (role in ('owner', 'admin', 'member')),
  created_at timestamptz not null,
  primary key (user_id, account_id)
);
create index memberships_by_account on memberships (account_id, created_at, user_id);

-- Double entry in minor units: every transaction sums to zero per currency, and the wallet balance is the sum of its entries.
create table ledger_transactions (
  id uuid primary key,
  mode text not null check (mode in ('live', 'test')),
  kind text not null check (kind in ('credit', 'purchase', 'hold', 'hold_release', 'capture', 'renewal', 'adjustment')),
  account_id uuid not null references accounts (id),
  number_id uuid,
  note text,
  created_at timestamptz not null
);
create index ledger_transactions_by_account on ledger_transactions (account_id, created_at, id);
create table ledger_entries (
  transaction_id uuid not null references ledger_transactions (id),
  line smallint not null,
  -- wallet: what the account has; held: reserved for open orders; revenue, funding: the platform's side.
  book text not null check (book in ('wallet', 'held', 'revenue', 'funding')),
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  currency char(3) not null,
  amount_minor bigint not null,
  primary key (transaction_id, line)
);
create index ledger_entries_by_book on ledger_entries (account_id, mode, book);

-- The running sums of wallet and held; also the row every spender locks first.
create table balances (
  account_id uuid not null references accounts (id),
  mode text not null check (mode in ('live', 'test')),
  currency char(3) not null,
  wallet_minor bigint not null default 0,
  held_minor bigint not null default 0 check (held_minor >= 0),
  primary key (account_id, mode)
);

create function ledger_transaction_must_balance() returns trigger language plpgsql as $$
begin
  if exists (
    select 1 from ledger_entries where transaction_id = new.transaction_id group by currency having sum(amount_minor) <> 0
  ) then
    raise exception 'ledger transaction % does not sum to zero', new.transaction_id;
  end if;
  return null;
end $$;
create constraint trigger ledger_transaction_balances after insert on ledger_entries
  deferrable initially deferred for each row execute function ledger_transaction_must_balance();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger ledger_entries_append_only before update or delete on ledger_entries for each row execute function refuse_change();
create trigger ledger_transactions_append_only before update or delete on ledger_transactions for each row execute function refuse_change();
create trigger ledger_entries_no_truncate before truncate on ledger_entries execute function refuse_change();
create trigger ledger_transactions_no_truncate before truncate on ledger_transactions execute function refuse_change();
