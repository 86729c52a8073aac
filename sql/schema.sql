-- The schema after all migrations, for people to read and to compare; never applied.
-- Written by: UPDATE_SCHEMA=1 npx vitest run test/store/schema.test.ts

create table accounts (
  id uuid not null,
  auth_id text not null,
  name text not null,
  kind text not null,
  parent_id uuid,
  status text not null default 'active'::text,
  currency character(3) not null,
  country character(2),
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  ext_id bigint not null generated always as identity (start 500001),
  max_channels integer,
  max_cps double precision,
  allowed_destinations text[],
  blocked_destinations text[],
  minutes_per_day integer,
  outbound_stopped_at timestamp with time zone,
  max_call_seconds integer,
  constraint accounts_auth_id_key UNIQUE (auth_id),
  constraint accounts_ext_id_key UNIQUE (ext_id),
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES accounts(id),
  constraint accounts_allowed_destinations_check CHECK ((cardinality(allowed_destinations) <= 1000)),
  constraint accounts_blocked_destinations_check CHECK ((cardinality(blocked_destinations) <= 1000)),
  constraint accounts_check CHECK (((kind = 'sub_account'::text) = (parent_id IS NOT NULL))),
  constraint accounts_kind_check CHECK ((kind = ANY (ARRAY['account'::text, 'sub_account'::text]))),
  constraint accounts_max_call_seconds_check CHECK (((max_call_seconds >= 1) AND (max_call_seconds <= 86400))),
  constraint accounts_max_channels_check CHECK (((max_channels >= 0) AND (max_channels <= 1000000))),
  constraint accounts_max_cps_check CHECK (((max_cps > (0)::double precision) AND (max_cps <= (100000)::double precision))),
  constraint accounts_minutes_per_day_check CHECK (((minutes_per_day >= 0) AND (minutes_per_day <= 100000000))),
  constraint accounts_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint accounts_status_check CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text, 'closed'::text])))
);

create table addresses (
  id uuid not null,
  ext_id bigint not null generated always as identity (start 2791538576658007000),
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  country character(2) not null,
  customer_reference text,
  street_address text not null,
  fields json not null,
  created_at timestamp with time zone not null,
  constraint addresses_ext_id_key UNIQUE (ext_id),
  constraint addresses_pkey PRIMARY KEY (id),
  constraint addresses_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint addresses_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint addresses_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table agent_journals (
  agent_id text not null,
  state text not null,
  surely_until timestamp with time zone not null,
  constraint agent_journals_pkey PRIMARY KEY (agent_id),
  constraint agent_journals_agent_id_check CHECK (((length(agent_id) >= 1) AND (length(agent_id) <= 64))),
  constraint agent_journals_state_check CHECK ((state = ANY (ARRAY['live'::text, 'ended'::text])))
);

create table api_keys (
  id uuid not null,
  account_id uuid not null,
  kind text not null,
  prefix text not null,
  secret_sha256 bytea not null,
  mode text not null,
  role text not null,
  scopes text[],
  allowed_ips text[] not null default '{}'::text[],
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint api_keys_secret_sha256_key UNIQUE (secret_sha256),
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint api_keys_kind_check CHECK ((kind = ANY (ARRAY['key'::text, 'auth_token'::text]))),
  constraint api_keys_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint api_keys_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text])))
);

create table audit (
  id uuid not null,
  at timestamp with time zone not null,
  actor json not null,
  action text not null,
  resource text not null,
  account_id uuid,
  before json,
  after json,
  forced boolean not null default false,
  reason text,
  request_id text,
  ip text,
  constraint audit_pkey PRIMARY KEY (id)
);

create table balances (
  account_id uuid not null,
  mode text not null,
  currency character(3) not null,
  wallet_minor bigint not null default 0,
  held_minor bigint not null default 0,
  constraint balances_pkey PRIMARY KEY (account_id, mode),
  constraint balances_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint balances_held_minor_check CHECK ((held_minor >= 0)),
  constraint balances_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table bulk_job_numbers (
  job_id uuid not null,
  position smallint not null,
  number_id uuid not null,
  ext_id text not null,
  e164 text not null,
  outcome text not null default 'pending'::text,
  refusal json,
  constraint bulk_job_numbers_pkey PRIMARY KEY (job_id, "position"),
  constraint bulk_job_numbers_job_id_fkey FOREIGN KEY (job_id) REFERENCES bulk_jobs(id),
  constraint bulk_job_numbers_number_id_fkey FOREIGN KEY (number_id) REFERENCES numbers(id),
  constraint bulk_job_numbers_check CHECK (((outcome = 'failed'::text) = (refusal IS NOT NULL))),
  constraint bulk_job_numbers_outcome_check CHECK ((outcome = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text])))
);

create table bulk_jobs (
  id uuid not null,
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  kind text not null,
  patch json not null,
  asker json not null,
  numbers_count integer not null,
  succeeded_count integer not null default 0,
  failed_count integer not null default 0,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint bulk_jobs_pkey PRIMARY KEY (id),
  constraint bulk_jobs_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint bulk_jobs_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint bulk_jobs_check CHECK (((succeeded_count + failed_count) <= numbers_count)),
  constraint bulk_jobs_kind_check CHECK ((kind = ANY (ARRAY['update'::text, 'release'::text]))),
  constraint bulk_jobs_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint bulk_jobs_numbers_count_check CHECK (((numbers_count >= 1) AND (numbers_count <= 1000)))
);

create table call_attempts (
  call_id uuid not null,
  n integer not null,
  trunk_group_id uuid,
  gateway_id uuid,
  uri text,
  sip_call_id text,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  sip_status integer,
  outcome text,
  left_account_id uuid,
  left_sub_account_id uuid,
  left_number_id uuid,
  left_called text,
  constraint call_attempts_pkey PRIMARY KEY (call_id, n)
) partition by RANGE (call_id);

create table call_decisions (
  call_id uuid not null,
  input text not null,
  constraint call_decisions_pkey PRIMARY KEY (call_id)
) partition by RANGE (call_id);

create table call_events_rejected (
  id bigint not null generated always as identity (start 1),
  event text not null,
  error text not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint call_events_rejected_pkey PRIMARY KEY (id)
);

create table call_log_kept (
  singleton boolean not null default true,
  calls_from timestamp with time zone not null,
  decisions_from timestamp with time zone not null,
  constraint call_log_kept_pkey PRIMARY KEY (singleton),
  constraint call_log_kept_singleton_check CHECK (singleton)
);

create table calls (
  call_id uuid not null,
  direction text,
  mode text,
  plane_mode text,
  caller text,
  called text,
  number_id uuid,
  account_id uuid,
  sub_account_id uuid,
  identified_by json,
  origin json,
  sip_call_id text,
  agent_id text not null,
  started_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  ended_at timestamp with time zone,
  post_dial_delay_ms integer,
  outcome text,
  sip_status integer,
  refusal_code text,
  ended_by text,
  versions json,
  last_seq integer not null,
  last_end_at timestamp with time zone,
  other_number_ids uuid[],
  called_account_id uuid,
  called_sub_account_id uuid,
  called_number_id uuid,
  shown_caller text,
  constraint calls_pkey PRIMARY KEY (call_id),
  constraint calls_direction_check1 CHECK ((direction = ANY (ARRAY['inbound'::text, 'outbound'::text, 'internal'::text, 'unknown'::text]))),
  constraint calls_mode_check1 CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint calls_outcome_check1 CHECK ((outcome = ANY (ARRAY['completed'::text, 'refused'::text, 'failed'::text, 'cancelled'::text, 'agent_lost'::text]))),
  constraint calls_plane_mode_check CHECK ((plane_mode = ANY (ARRAY['normal'::text, 'degraded'::text])))
) partition by RANGE (call_id);

create table comments (
  id uuid not null,
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  record_type text not null,
  record_id uuid not null,
  body text not null,
  commenter text not null,
  commenter_type text not null,
  created_at timestamp with time zone not null,
  read_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint comments_pkey PRIMARY KEY (id),
  constraint comments_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint comments_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint comments_body_check CHECK (((length(body) >= 1) AND (length(body) <= 4000))),
  constraint comments_commenter_check CHECK (((length(commenter) >= 1) AND (length(commenter) <= 320))),
  constraint comments_commenter_type_check CHECK ((commenter_type = ANY (ARRAY['user'::text, 'admin'::text]))),
  constraint comments_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint comments_record_type_check CHECK ((record_type = ANY (ARRAY['sub_number_order'::text, 'requirement_group'::text])))
);

create table documents (
  id uuid not null,
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  filename text not null,
  content_type text not null,
  customer_reference text,
  status text not null,
  size_bytes integer not null,
  sha256 bytea not null,
  content bytea not null,
  linked_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint documents_pkey PRIMARY KEY (id),
  constraint documents_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint documents_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint documents_customer_reference_check CHECK (((length(customer_reference) >= 1) AND (length(customer_reference) <= 255))),
  constraint documents_filename_check CHECK (((length(filename) >= 1) AND (length(filename) <= 255))),
  constraint documents_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint documents_size_bytes_check CHECK ((size_bytes > 0)),
  constraint documents_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'verified'::text, 'denied'::text])))
);

create table endpoints (
  id uuid not null,
  account_id uuid not null,
  mode text not null,
  name text not null,
  type text not null,
  url text,
  provider_config json not null default '{}'::json,
  status text not null default 'active'::text,
  targets json not null,
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  route json,
  fallback json,
  uses_endpoint_ids uuid[] not null default '{}'::uuid[],
  uses_trunk_group_id uuid,
  constraint endpoints_pkey PRIMARY KEY (id),
  constraint endpoints_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint endpoints_uses_trunk_group_id_fkey FOREIGN KEY (uses_trunk_group_id) REFERENCES trunk_groups(id),
  constraint endpoints_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint endpoints_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint endpoints_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text])))
);

create table events (
  id uuid not null,
  key text not null,
  type text not null,
  account_id uuid,
  mode text not null,
  resource text not null,
  payload json not null,
  at timestamp with time zone not null,
  constraint events_key_key UNIQUE (key),
  constraint events_pkey PRIMARY KEY (id),
  constraint events_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint events_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table expectations (
  id uuid not null,
  account_id uuid,
  name text not null,
  enabled boolean not null,
  call jsonb not null,
  expected jsonb not null,
  depends text[] not null,
  broken text,
  explanation jsonb not null,
  judged_at timestamp with time zone not null,
  version bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint expectations_account_id_name_key UNIQUE NULLS NOT DISTINCT (account_id, name),
  constraint expectations_pkey PRIMARY KEY (id),
  constraint expectations_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id)
);

create table gateway_states (
  gateway_id uuid not null,
  trunk_group_id uuid not null,
  state text not null,
  told_at timestamp with time zone not null,
  constraint gateway_states_pkey PRIMARY KEY (gateway_id),
  constraint gateway_states_state_check CHECK ((state = ANY (ARRAY['up'::text, 'down'::text])))
);

create table gateways (
  id uuid not null,
  trunk_group_id uuid not null,
  position integer not null,
  uri text not null,
  priority integer not null,
  weight integer not null,
  enabled boolean not null default true,
  max_channels integer,
  max_cps double precision,
  terms json,
  max_call_seconds integer,
  constraint gateways_trunk_group_id_position_key UNIQUE (trunk_group_id, "position"),
  constraint gateways_pkey PRIMARY KEY (id),
  constraint gateways_trunk_group_id_fkey FOREIGN KEY (trunk_group_id) REFERENCES trunk_groups(id) ON DELETE CASCADE,
  constraint gateways_max_call_seconds_check CHECK (((max_call_seconds >= 1) AND (max_call_seconds <= 86400))),
  constraint gateways_max_channels_check CHECK (((max_channels >= 0) AND (max_channels <= 1000000))),
  constraint gateways_max_cps_check CHECK (((max_cps > (0)::double precision) AND (max_cps <= (100000)::double precision)))
);

create table idempotency (
  scope text not null,
  mode text not null,
  key text not null,
  fingerprint bytea not null,
  sealed_answer text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint idempotency_pkey PRIMARY KEY (scope, mode, key),
  constraint idempotency_fingerprint_check CHECK ((length(fingerprint) = 32)),
  constraint idempotency_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255))),
  constraint idempotency_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table jobs (
  id uuid not null,
  queue text not null,
  key text not null,
  payload json not null,
  state text not null default 'queued'::text,
  runs integer not null default 0,
  tries integer not null default 0,
  progress json,
  result json,
  error text,
  due_at timestamp with time zone not null,
  woken_at timestamp with time zone,
  lease_until timestamp with time zone,
  account_id uuid,
  number_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint jobs_queue_key_key UNIQUE (queue, key),
  constraint jobs_pkey PRIMARY KEY (id),
  constraint jobs_check CHECK (((state = 'running'::text) = (lease_until IS NOT NULL))),
  constraint jobs_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
  constraint jobs_queue_check CHECK ((queue ~ '^[a-z-]{1,40}$'::text)),
  constraint jobs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

create table ledger_entries (
  transaction_id uuid not null,
  line smallint not null,
  book text not null,
  account_id uuid not null,
  mode text not null,
  currency character(3) not null,
  amount_minor bigint not null,
  constraint ledger_entries_pkey PRIMARY KEY (transaction_id, line),
  constraint ledger_entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint ledger_entries_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES ledger_transactions(id),
  constraint ledger_entries_book_check CHECK ((book = ANY (ARRAY['wallet'::text, 'held'::text, 'promised'::text, 'revenue'::text, 'funding'::text]))),
  constraint ledger_entries_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table ledger_transactions (
  id uuid not null,
  mode text not null,
  kind text not null,
  account_id uuid not null,
  number_id uuid,
  note text,
  created_at timestamp with time zone not null,
  period timestamp with time zone,
  constraint ledger_transactions_pkey PRIMARY KEY (id),
  constraint ledger_transactions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint ledger_renewal_has_period CHECK (((kind = 'renewal'::text) = (period IS NOT NULL))),
  constraint ledger_transactions_kind_check CHECK ((kind = ANY (ARRAY['credit'::text, 'purchase'::text, 'hold'::text, 'hold_release'::text, 'capture'::text, 'renewal'::text, 'adjustment'::text]))),
  constraint ledger_transactions_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table memberships (
  user_id uuid not null,
  account_id uuid not null,
  role text not null,
  created_at timestamp with time zone not null,
  constraint memberships_pkey PRIMARY KEY (user_id, account_id),
  constraint memberships_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id),
  constraint memberships_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text])))
);

create table number_download_parts (
  download_id uuid not null,
  position integer not null,
  rows json not null,
  constraint number_download_parts_pkey PRIMARY KEY (download_id, "position"),
  constraint number_download_parts_download_id_fkey FOREIGN KEY (download_id) REFERENCES number_downloads(id)
);

create table number_downloads (
  id uuid not null,
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  status text not null,
  filters json not null,
  rows_count integer not null default 0,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint number_downloads_pkey PRIMARY KEY (id),
  constraint number_downloads_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint number_downloads_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint number_downloads_check CHECK (((status = 'success'::text) = (expires_at IS NOT NULL))),
  constraint number_downloads_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint number_downloads_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'success'::text, 'failed'::text])))
);

create table number_holders (
  id uuid not null,
  number_id uuid not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  reason text not null,
  last_call_at timestamp with time zone,
  constraint number_holders_pkey PRIMARY KEY (id),
  constraint number_holders_number_id_fkey FOREIGN KEY (number_id) REFERENCES numbers(id),
  constraint number_holders_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint number_holders_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint number_holders_check CHECK (((to_at IS NULL) OR (to_at >= from_at)))
);

create table number_orders (
  id uuid not null,
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  status text not null,
  requirements_met boolean not null,
  phone_numbers_count integer not null,
  customer_reference text,
  trunk_group_id uuid,
  trunk_group_ext_id text,
  messaging_profile_id text,
  billing_group_id text,
  request_sha256 bytea,
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint number_orders_pkey PRIMARY KEY (id),
  constraint number_orders_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint number_orders_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint number_orders_customer_reference_check CHECK (((length(customer_reference) >= 1) AND (length(customer_reference) <= 255))),
  constraint number_orders_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint number_orders_phone_numbers_count_check CHECK (((phone_numbers_count >= 1) AND (phone_numbers_count <= 1000))),
  constraint number_orders_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'success'::text, 'failure'::text, 'cancelled'::text, 'deleted'::text])))
);

create table number_reservations (
  id uuid not null,
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  status text not null,
  customer_reference text,
  extensions smallint not null default 0,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint number_reservations_pkey PRIMARY KEY (id),
  constraint number_reservations_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint number_reservations_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint number_reservations_customer_reference_check CHECK (((length(customer_reference) >= 1) AND (length(customer_reference) <= 255))),
  constraint number_reservations_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint number_reservations_status_check CHECK ((status = ANY (ARRAY['success'::text, 'partial'::text])))
);

create table number_searches (
  account_id uuid not null,
  mode text not null,
  e164 text not null,
  searched_at timestamp with time zone not null,
  constraint number_searches_pkey PRIMARY KEY (account_id, mode, e164),
  constraint number_searches_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint number_searches_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table number_trunk_groups (
  number_id uuid not null,
  epoch bigint not null,
  trunk_group_id uuid not null,
  left_at timestamp with time zone not null,
  constraint number_trunk_groups_pkey PRIMARY KEY (number_id, epoch),
  constraint number_trunk_groups_number_id_fkey FOREIGN KEY (number_id) REFERENCES numbers(id)
);

create table numbers (
  id uuid not null,
  ext_id bigint not null generated always as identity (start 2637816387126861000),
  e164 text not null,
  mode text not null,
  country character(2) not null,
  type text not null,
  region text,
  capabilities text[] not null default '{voice}'::text[],
  setup_fee_minor bigint not null,
  monthly_fee_minor bigint not null,
  currency character(3) not null,
  carrier_trunk_group_id uuid,
  owner_account_id uuid,
  sub_account_id uuid,
  lifecycle text not null default 'available'::text,
  suspended_by text[] not null default '{}'::text[],
  available_at timestamp with time zone,
  last_owner_account_id uuid,
  last_sub_account_id uuid,
  allow_inbound boolean not null default true,
  allow_outbound boolean not null default false,
  endpoint_id uuid,
  trunk_group_id uuid,
  tags text[] not null default '{}'::text[],
  customer_reference text,
  deletion_lock boolean not null default false,
  last_call_at timestamp with time zone,
  purchased_at timestamp with time zone,
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  max_channels integer,
  max_cps double precision,
  reserved_until timestamp with time zone,
  reserved_owner_account_id uuid,
  reserved_sub_account_id uuid,
  reserved_as uuid,
  billing_group_id text,
  suspension_aside boolean not null default false,
  minutes_per_day integer,
  max_call_seconds integer,
  constraint numbers_e164_mode_key UNIQUE (e164, mode),
  constraint numbers_ext_id_key UNIQUE (ext_id),
  constraint numbers_pkey PRIMARY KEY (id),
  constraint numbers_carrier_trunk_group_id_fkey FOREIGN KEY (carrier_trunk_group_id) REFERENCES trunk_groups(id),
  constraint numbers_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES endpoints(id),
  constraint numbers_last_owner_account_id_fkey FOREIGN KEY (last_owner_account_id) REFERENCES accounts(id),
  constraint numbers_last_sub_account_id_fkey FOREIGN KEY (last_sub_account_id) REFERENCES accounts(id),
  constraint numbers_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint numbers_reserved_as_fkey FOREIGN KEY (reserved_as) REFERENCES reserved_numbers(id),
  constraint numbers_reserved_owner_account_id_fkey FOREIGN KEY (reserved_owner_account_id) REFERENCES accounts(id),
  constraint numbers_reserved_sub_account_id_fkey FOREIGN KEY (reserved_sub_account_id) REFERENCES accounts(id),
  constraint numbers_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint numbers_trunk_group_id_fkey FOREIGN KEY (trunk_group_id) REFERENCES trunk_groups(id),
  constraint numbers_check CHECK ((num_nonnulls(endpoint_id, trunk_group_id) <= 1)),
  constraint numbers_check1 CHECK (((owner_account_id IS NULL) = (lifecycle = 'available'::text))),
  constraint numbers_check2 CHECK (((sub_account_id IS NULL) OR (owner_account_id IS NOT NULL))),
  constraint numbers_e164_check CHECK ((e164 ~ '^\+[1-9][0-9]{6,14}$'::text)),
  constraint numbers_lifecycle_check CHECK ((lifecycle = ANY (ARRAY['available'::text, 'pending'::text, 'active'::text, 'releasing'::text]))),
  constraint numbers_max_call_seconds_check CHECK (((max_call_seconds >= 1) AND (max_call_seconds <= 86400))),
  constraint numbers_max_channels_check CHECK (((max_channels >= 0) AND (max_channels <= 1000000))),
  constraint numbers_max_cps_check CHECK (((max_cps > (0)::double precision) AND (max_cps <= (100000)::double precision))),
  constraint numbers_minutes_per_day_check CHECK (((minutes_per_day >= 0) AND (minutes_per_day <= 100000000))),
  constraint numbers_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint numbers_monthly_fee_minor_check CHECK ((monthly_fee_minor >= 0)),
  constraint numbers_reserved_in_stock CHECK (((reserved_until IS NULL) OR (lifecycle = 'available'::text))),
  constraint numbers_reserved_whole CHECK ((((reserved_until IS NULL) = (reserved_owner_account_id IS NULL)) AND ((reserved_until IS NULL) = (reserved_as IS NULL)))),
  constraint numbers_setup_fee_minor_check CHECK ((setup_fee_minor >= 0)),
  constraint numbers_suspended_by_check CHECK ((suspended_by <@ ARRAY['tenant'::text, 'platform'::text, 'billing'::text])),
  constraint numbers_type_check CHECK ((type = ANY (ARRAY['local'::text, 'mobile'::text, 'national'::text, 'toll_free'::text, 'shared_cost'::text])))
);

create table open_calls (
  call_id uuid not null,
  agent_id text not null,
  constraint open_calls_pkey PRIMARY KEY (call_id)
);

create table order_items (
  id uuid not null,
  order_id uuid not null,
  sub_order_id uuid not null,
  position smallint not null,
  number_id uuid not null,
  e164 text not null,
  locality text,
  status text not null,
  charge_minor bigint not null,
  currency character(3) not null,
  deadline timestamp with time zone,
  hold_transaction_id uuid,
  settle_transaction_id uuid,
  constraint order_items_order_id_position_key UNIQUE (order_id, "position"),
  constraint order_items_pkey PRIMARY KEY (id),
  constraint order_items_hold_transaction_id_fkey FOREIGN KEY (hold_transaction_id) REFERENCES ledger_transactions(id),
  constraint order_items_number_id_fkey FOREIGN KEY (number_id) REFERENCES numbers(id),
  constraint order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES number_orders(id),
  constraint order_items_settle_transaction_id_fkey FOREIGN KEY (settle_transaction_id) REFERENCES ledger_transactions(id),
  constraint order_items_sub_order_id_fkey FOREIGN KEY (sub_order_id) REFERENCES sub_number_orders(id),
  constraint order_items_charge_minor_check CHECK ((charge_minor >= 0)),
  constraint order_items_check CHECK (((status = 'pending'::text) = (settle_transaction_id IS NULL))),
  constraint order_items_check1 CHECK (((status <> 'pending'::text) OR (hold_transaction_id IS NOT NULL))),
  constraint order_items_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'success'::text, 'failure'::text, 'cancelled'::text, 'deleted'::text])))
);

create table outbound_hours (
  account_id uuid not null,
  prefix text not null,
  hour timestamp with time zone not null,
  attempts integer not null,
  talk_ms bigint not null,
  constraint outbound_hours_pkey PRIMARY KEY (account_id, prefix, hour)
);

create table outbound_hours_counted (
  hour timestamp with time zone not null,
  constraint outbound_hours_counted_pkey PRIMARY KEY (hour)
);

create table outbound_profiles (
  id uuid not null,
  ext_id bigint not null generated always as identity (start 1893384261075731000),
  account_id uuid not null,
  mode text not null,
  name text not null,
  enabled boolean not null default true,
  max_channels integer,
  tags text[] not null default '{}'::text[],
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  max_cps double precision,
  allowed_countries text[],
  constraint outbound_profiles_ext_id_key UNIQUE (ext_id),
  constraint outbound_profiles_pkey PRIMARY KEY (id),
  constraint outbound_profiles_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint outbound_profiles_allowed_countries_check CHECK ((cardinality(allowed_countries) <= 300)),
  constraint outbound_profiles_max_channels_check CHECK (((max_channels >= 0) AND (max_channels <= 1000000))),
  constraint outbound_profiles_max_cps_check CHECK (((max_cps > (0)::double precision) AND (max_cps <= (100000)::double precision))),
  constraint outbound_profiles_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint outbound_profiles_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

create table outbound_routes (
  id uuid not null,
  route_set_id text not null,
  prefix text not null,
  trunk_group_id uuid not null,
  priority integer not null,
  weight integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  cost double precision,
  hours json,
  constraint outbound_routes_pkey PRIMARY KEY (id),
  constraint outbound_routes_route_set_id_fkey FOREIGN KEY (route_set_id) REFERENCES route_sets(id),
  constraint outbound_routes_trunk_group_id_fkey FOREIGN KEY (trunk_group_id) REFERENCES trunk_groups(id),
  constraint outbound_routes_cost_check CHECK (((cost >= (0)::double precision) AND (cost <= (1000000)::double precision))),
  constraint outbound_routes_prefix_check CHECK ((prefix ~ '^(=?[0-9]{1,15}|)$'::text))
);

create table outbox (
  id bigint not null generated always as identity (start 1),
  ref text not null,
  row_id text not null,
  version bigint not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  next_at timestamp with time zone not null default clock_timestamp(),
  tries integer not null default 0,
  last_error text,
  constraint outbox_pkey PRIMARY KEY (id)
);

create table outbox_applied (
  id bigint not null generated always as identity (start 1),
  ref text not null,
  row_id text not null,
  version bigint not null,
  applied_at timestamp with time zone not null default clock_timestamp(),
  constraint outbox_applied_pkey PRIMARY KEY (id)
);

create table plane (
  singleton boolean not null default true,
  epoch bigint not null,
  first_marked_at timestamp with time zone,
  identity text,
  beat bigint not null default 0,
  beat_token text not null default ''::text,
  rebuild json,
  constraint plane_pkey PRIMARY KEY (singleton),
  constraint plane_singleton_check CHECK (singleton)
);

create table requirement_group_values (
  group_id uuid not null,
  requirement_id uuid not null,
  position smallint not null,
  name text not null,
  field_type text not null,
  acceptance json not null,
  value text,
  updated_at timestamp with time zone not null,
  constraint requirement_group_values_pkey PRIMARY KEY (group_id, requirement_id),
  constraint requirement_group_values_group_id_fkey FOREIGN KEY (group_id) REFERENCES requirement_groups(id) ON DELETE CASCADE
);

create table requirement_groups (
  id uuid not null,
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  country character(2) not null,
  number_type text not null,
  state text not null,
  customer_reference text,
  expires_at timestamp with time zone,
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint requirement_groups_pkey PRIMARY KEY (id),
  constraint requirement_groups_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint requirement_groups_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint requirement_groups_check CHECK (((state = 'approved'::text) = (expires_at IS NOT NULL))),
  constraint requirement_groups_customer_reference_check CHECK (((length(customer_reference) >= 1) AND (length(customer_reference) <= 255))),
  constraint requirement_groups_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint requirement_groups_number_type_check CHECK ((number_type = ANY (ARRAY['local'::text, 'mobile'::text, 'national'::text, 'toll_free'::text, 'shared_cost'::text]))),
  constraint requirement_groups_state_check CHECK ((state = ANY (ARRAY['unapproved'::text, 'in_review'::text, 'approved'::text, 'declined'::text])))
);

create table requirement_sets (
  id uuid not null,
  country character(2) not null,
  number_type text not null,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint requirement_sets_country_number_type_key UNIQUE (country, number_type),
  constraint requirement_sets_pkey PRIMARY KEY (id),
  constraint requirement_sets_number_type_check CHECK ((number_type = ANY (ARRAY['local'::text, 'mobile'::text, 'national'::text, 'toll_free'::text, 'shared_cost'::text])))
);

create table requirement_values (
  item_id uuid not null,
  requirement_id uuid not null,
  position smallint not null,
  name text not null,
  field_type text not null,
  acceptance json not null,
  value text,
  status text not null,
  constraint requirement_values_pkey PRIMARY KEY (item_id, requirement_id),
  constraint requirement_values_item_id_fkey FOREIGN KEY (item_id) REFERENCES order_items(id),
  constraint requirement_values_check CHECK (((status = 'unset'::text) = (value IS NULL))),
  constraint requirement_values_status_check CHECK ((status = ANY (ARRAY['unset'::text, 'provided'::text, 'approved'::text, 'rejected'::text])))
);

create table requirements (
  id uuid not null,
  country character(2) not null,
  number_type text not null,
  name text not null,
  field_type text not null,
  acceptance json not null,
  created_at timestamp with time zone not null,
  description text,
  example text,
  constraint requirements_pkey PRIMARY KEY (id),
  constraint requirements_description_check CHECK (((length(description) >= 1) AND (length(description) <= 2000))),
  constraint requirements_example_check CHECK (((length(example) >= 1) AND (length(example) <= 1000))),
  constraint requirements_field_type_check CHECK ((field_type = ANY (ARRAY['textual'::text, 'datetime'::text, 'address'::text, 'document'::text]))),
  constraint requirements_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint requirements_number_type_check CHECK ((number_type = ANY (ARRAY['local'::text, 'mobile'::text, 'national'::text, 'toll_free'::text, 'shared_cost'::text])))
);

create table reserved_numbers (
  id uuid not null,
  reservation_id uuid not null,
  position smallint not null,
  e164 text not null,
  number_id uuid,
  error text,
  expired_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint reserved_numbers_reservation_id_position_key UNIQUE (reservation_id, "position"),
  constraint reserved_numbers_pkey PRIMARY KEY (id),
  constraint reserved_numbers_number_id_fkey FOREIGN KEY (number_id) REFERENCES numbers(id),
  constraint reserved_numbers_reservation_id_fkey FOREIGN KEY (reservation_id) REFERENCES number_reservations(id),
  constraint reserved_numbers_check CHECK (((error IS NULL) = (number_id IS NOT NULL))),
  constraint reserved_numbers_check1 CHECK (((error IS NULL) = (expired_at IS NOT NULL)))
);

create table route_audit (
  singleton boolean not null default true,
  kind text,
  after text,
  rounds bigint not null default 0,
  started_at timestamp with time zone,
  checked bigint not null default 0,
  repairs json not null default '{}'::json,
  last_seconds double precision,
  last_checked bigint,
  last_ended_at timestamp with time zone,
  constraint route_audit_pkey PRIMARY KEY (singleton),
  constraint route_audit_singleton_check CHECK (singleton)
);

create table route_sets (
  id text not null,
  account_id uuid,
  version bigint not null default 1,
  allowed_destinations text[],
  blocked_destinations text[],
  constraint route_sets_account_id_key UNIQUE (account_id),
  constraint route_sets_pkey PRIMARY KEY (id),
  constraint route_sets_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint route_sets_allowed_destinations_check CHECK ((cardinality(allowed_destinations) <= 1000)),
  constraint route_sets_blocked_destinations_check CHECK ((cardinality(blocked_destinations) <= 1000)),
  constraint route_sets_check CHECK (((id = 'platform'::text) = (account_id IS NULL)))
);

create table schema_migrations (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default clock_timestamp(),
  constraint schema_migrations_pkey PRIMARY KEY (version)
);

create table sip_credentials (
  id uuid not null,
  realm text not null,
  username text not null,
  account_id uuid not null,
  sub_account_id uuid,
  number_id uuid,
  mode text not null,
  sealed_password text not null,
  sealed_ha1 text not null,
  digest text,
  enabled boolean not null default true,
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  purpose text not null default 'user'::text,
  trunk_group_id uuid,
  expires_at timestamp with time zone,
  name text,
  description text,
  tag text,
  default_caller text,
  default_caller_use text,
  constraint sip_credentials_pkey PRIMARY KEY (id),
  constraint sip_credentials_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint sip_credentials_number_id_fkey FOREIGN KEY (number_id) REFERENCES numbers(id),
  constraint sip_credentials_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint sip_credentials_trunk_group_id_fkey FOREIGN KEY (trunk_group_id) REFERENCES trunk_groups(id),
  constraint sip_credentials_default_caller_check CHECK ((default_caller ~ '^\+[1-9][0-9]{6,14}$'::text)),
  constraint sip_credentials_default_caller_use_check CHECK ((default_caller_use = ANY (ARRAY['fallback'::text, 'always'::text, 'emergency'::text]))),
  constraint sip_credentials_default_caller_whole CHECK ((((default_caller IS NULL) = (default_caller_use IS NULL)) AND ((default_caller IS NULL) OR (number_id IS NULL)))),
  constraint sip_credentials_digest_check CHECK ((digest = ANY (ARRAY['md5'::text, 'sha256'::text, 'both'::text]))),
  constraint sip_credentials_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint sip_credentials_purpose_check CHECK ((purpose = ANY (ARRAY['user'::text, 'trunk'::text, 'issued'::text]))),
  constraint sip_credentials_realm_check CHECK ((realm ~ '^[!-~]{1,255}$'::text)),
  constraint sip_credentials_username_check CHECK ((username ~ '^[!-~]{1,128}$'::text))
);

create table sip_login_versions (
  login text not null,
  version bigint not null,
  constraint sip_login_versions_pkey PRIMARY KEY (login)
);

create table sources (
  trunk_group_id uuid not null,
  acl text[] not null default '{}'::text[],
  version bigint not null default 1,
  marks json,
  constraint sources_pkey PRIMARY KEY (trunk_group_id),
  constraint sources_trunk_group_id_fkey FOREIGN KEY (trunk_group_id) REFERENCES trunk_groups(id) ON DELETE CASCADE
);

create table sub_account_profiles (
  account_id uuid not null,
  email text,
  phone text,
  description text,
  rate_limit integer not null default 1000,
  business_type text,
  constraint sub_account_profiles_pkey PRIMARY KEY (account_id),
  constraint sub_account_profiles_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint sub_account_profiles_rate_limit_check CHECK (((rate_limit >= 1) AND (rate_limit <= 1000000)))
);

create table sub_number_orders (
  id uuid not null,
  order_id uuid not null,
  position smallint not null,
  country character(2) not null,
  number_type text not null,
  status text not null,
  requirements_met boolean not null,
  phone_numbers_count integer not null,
  customer_reference text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint sub_number_orders_order_id_country_number_type_key UNIQUE (order_id, country, number_type),
  constraint sub_number_orders_pkey PRIMARY KEY (id),
  constraint sub_number_orders_order_id_fkey FOREIGN KEY (order_id) REFERENCES number_orders(id),
  constraint sub_number_orders_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'success'::text, 'failure'::text, 'cancelled'::text, 'deleted'::text])))
);

create table sub_order_report_parts (
  report_id uuid not null,
  position integer not null,
  rows json not null,
  constraint sub_order_report_parts_pkey PRIMARY KEY (report_id, "position"),
  constraint sub_order_report_parts_report_id_fkey FOREIGN KEY (report_id) REFERENCES sub_order_reports(id)
);

create table sub_order_reports (
  id uuid not null,
  mode text not null,
  owner_account_id uuid not null,
  sub_account_id uuid,
  status text not null,
  filters json not null,
  rows_count integer not null default 0,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint sub_order_reports_pkey PRIMARY KEY (id),
  constraint sub_order_reports_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES accounts(id),
  constraint sub_order_reports_sub_account_id_fkey FOREIGN KEY (sub_account_id) REFERENCES accounts(id),
  constraint sub_order_reports_check CHECK (((status = 'success'::text) = (expires_at IS NOT NULL))),
  constraint sub_order_reports_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint sub_order_reports_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'success'::text, 'failed'::text])))
);

create table traffic_policies (
  account_id uuid not null,
  policy json not null,
  version bigint not null,
  updated_at timestamp with time zone not null,
  constraint traffic_policies_pkey PRIMARY KEY (account_id),
  constraint traffic_policies_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id)
);

create table trunk_groups (
  id uuid not null,
  ext_id bigint not null generated always as identity (start 1293384261075731000),
  name text not null,
  kind text not null,
  account_id uuid,
  mode text not null default 'live'::text,
  enabled boolean not null default true,
  number_format text,
  country character(2),
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  max_channels integer,
  max_cps double precision,
  direction text,
  identified_by text,
  outbound_profile_id uuid,
  description text,
  tags text[] not null default '{}'::text[],
  terms json,
  minutes_per_day integer,
  max_call_seconds integer,
  default_caller text,
  default_caller_use text,
  constraint trunk_groups_ext_id_key UNIQUE (ext_id),
  constraint trunk_groups_pkey PRIMARY KEY (id),
  constraint trunk_groups_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint trunk_groups_outbound_profile_id_fkey FOREIGN KEY (outbound_profile_id) REFERENCES outbound_profiles(id),
  constraint trunk_groups_check CHECK (((kind = 'carrier'::text) OR (account_id IS NOT NULL))),
  constraint trunk_groups_default_caller_check CHECK ((default_caller ~ '^\+[1-9][0-9]{6,14}$'::text)),
  constraint trunk_groups_default_caller_use_check CHECK ((default_caller_use = ANY (ARRAY['fallback'::text, 'always'::text, 'emergency'::text]))),
  constraint trunk_groups_default_caller_whole CHECK (((default_caller IS NULL) = (default_caller_use IS NULL))),
  constraint trunk_groups_direction_check CHECK ((direction = ANY (ARRAY['inbound'::text, 'outbound'::text]))),
  constraint trunk_groups_identified_by_check CHECK ((identified_by = ANY (ARRAY['login'::text, 'address'::text, 'name'::text]))),
  constraint trunk_groups_kind_check CHECK ((kind = ANY (ARRAY['carrier'::text, 'customer'::text]))),
  constraint trunk_groups_max_call_seconds_check CHECK (((max_call_seconds >= 1) AND (max_call_seconds <= 86400))),
  constraint trunk_groups_max_channels_check CHECK (((max_channels >= 0) AND (max_channels <= 1000000))),
  constraint trunk_groups_max_cps_check CHECK (((max_cps > (0)::double precision) AND (max_cps <= (100000)::double precision))),
  constraint trunk_groups_minutes_per_day_check CHECK (((minutes_per_day >= 0) AND (minutes_per_day <= 100000000))),
  constraint trunk_groups_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint trunk_groups_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint trunk_groups_number_format_check CHECK ((number_format = ANY (ARRAY['e164'::text, 'e164_plus'::text, 'national'::text])))
);

create table trunk_parts (
  id uuid not null,
  ext_id bigint not null generated always as identity (start 1593384261075731000),
  account_id uuid not null,
  mode text not null,
  trunk_group_id uuid,
  kind text not null,
  value text not null,
  port integer,
  priority integer not null default 10,
  weight integer not null default 1,
  enabled boolean not null default true,
  name text,
  description text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint trunk_parts_ext_id_key UNIQUE (ext_id),
  constraint trunk_parts_pkey PRIMARY KEY (id),
  constraint trunk_parts_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint trunk_parts_trunk_group_id_fkey FOREIGN KEY (trunk_group_id) REFERENCES trunk_groups(id) ON DELETE CASCADE,
  constraint trunk_parts_check CHECK (((port IS NULL) OR (kind = 'address'::text))),
  constraint trunk_parts_kind_check CHECK ((kind = ANY (ARRAY['address'::text, 'uri'::text]))),
  constraint trunk_parts_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint trunk_parts_port_check CHECK (((port >= 1) AND (port <= 65535))),
  constraint trunk_parts_priority_check CHECK (((priority >= 0) AND (priority <= 65535))),
  constraint trunk_parts_value_check CHECK (((length(value) >= 1) AND (length(value) <= 255))),
  constraint trunk_parts_weight_check CHECK (((weight >= 0) AND (weight <= 65535)))
);

create table users (
  id uuid not null,
  email text not null,
  created_at timestamp with time zone not null,
  constraint users_pkey PRIMARY KEY (id)
);

create table webhook_attempts (
  delivery_id uuid not null,
  n integer not null,
  url text not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  outcome text,
  error text,
  http_status integer,
  request_headers json not null,
  response_headers json,
  response_body text,
  constraint webhook_attempts_pkey PRIMARY KEY (delivery_id, n),
  constraint webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries(id) ON DELETE CASCADE,
  constraint webhook_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'failed'::text])))
);

create table webhook_deliveries (
  id uuid not null,
  webhook_id uuid not null,
  event_id uuid not null,
  account_id uuid,
  mode text not null,
  format text not null,
  event_type text not null,
  state text not null default 'pending'::text,
  round integer not null default 1,
  tries integer not null default 0,
  attempts integer not null default 0,
  error text,
  next_at timestamp with time zone,
  sending_until timestamp with time zone,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint webhook_deliveries_webhook_id_event_id_key UNIQUE (webhook_id, event_id),
  constraint webhook_deliveries_pkey PRIMARY KEY (id),
  constraint webhook_deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES events(id),
  constraint webhook_deliveries_check CHECK (((state = 'pending'::text) = (next_at IS NOT NULL))),
  constraint webhook_deliveries_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
);

create table webhook_groups (
  id uuid not null,
  account_id uuid not null,
  mode text not null,
  name text not null,
  version bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint webhook_groups_pkey PRIMARY KEY (id),
  constraint webhook_groups_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint webhook_groups_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table webhook_subscriptions (
  id uuid not null,
  account_id uuid not null,
  mode text not null,
  group_id uuid not null,
  webhook_id uuid,
  event_type text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint webhook_subscriptions_group_id_webhook_id_event_type_key UNIQUE NULLS NOT DISTINCT (group_id, webhook_id, event_type),
  constraint webhook_subscriptions_pkey PRIMARY KEY (id),
  constraint webhook_subscriptions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint webhook_subscriptions_group_id_fkey FOREIGN KEY (group_id) REFERENCES webhook_groups(id),
  constraint webhook_subscriptions_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks(id) ON DELETE CASCADE,
  constraint webhook_subscriptions_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text])))
);

create table webhooks (
  id uuid not null,
  account_id uuid,
  mode text not null,
  format text not null,
  url text not null,
  description text,
  event_types text[] not null,
  include_sub_accounts boolean not null default false,
  disabled_reason text,
  failing_since timestamp with time zone,
  secret_sealed text,
  previous_secret_sealed text,
  previous_until timestamp with time zone,
  group_id uuid,
  version bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint webhooks_pkey PRIMARY KEY (id),
  constraint webhooks_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint webhooks_group_id_fkey FOREIGN KEY (group_id) REFERENCES webhook_groups(id),
  constraint webhooks_check CHECK (((secret_sealed IS NULL) = (format = 'ed25519'::text))),
  constraint webhooks_check1 CHECK (((previous_secret_sealed IS NULL) = (previous_until IS NULL))),
  constraint webhooks_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['by_hand'::text, 'by_platform'::text, 'failures'::text, 'gone'::text]))),
  constraint webhooks_format_check CHECK ((format = ANY (ARRAY['standard'::text, 'hmac_hex'::text, 'ed25519'::text]))),
  constraint webhooks_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint webhooks_url_check CHECK (((length(url) >= 1) AND (length(url) <= 2048)))
);

CREATE INDEX accounts_by_created ON public.accounts USING btree (created_at, id);

CREATE INDEX accounts_by_parent ON public.accounts USING btree (parent_id, created_at, id) WHERE (parent_id IS NOT NULL);

CREATE INDEX accounts_with_minutes ON public.accounts USING btree (id) WHERE (minutes_per_day IS NOT NULL);

CREATE INDEX addresses_by_holder ON public.addresses USING btree (owner_account_id, sub_account_id, mode, created_at, id);

CREATE INDEX api_keys_by_account ON public.api_keys USING btree (account_id, created_at, id);

CREATE INDEX audit_by_account ON public.audit USING btree (account_id, at, id);

CREATE INDEX audit_by_action ON public.audit USING btree (action, at, id);

CREATE INDEX audit_by_resource ON public.audit USING btree (resource, at, id);

CREATE INDEX audit_by_time ON public.audit USING btree (at, id);

CREATE INDEX bulk_job_numbers_pending ON public.bulk_job_numbers USING btree (job_id, "position") WHERE (outcome = 'pending'::text);

CREATE INDEX bulk_jobs_by_holder ON public.bulk_jobs USING btree (owner_account_id, sub_account_id, mode, created_at, id);

CREATE INDEX bulk_jobs_under_way ON public.bulk_jobs USING btree (owner_account_id) WHERE ((succeeded_count + failed_count) < numbers_count);

CREATE INDEX call_attempts_by_gateway ON ONLY public.call_attempts USING btree (gateway_id, call_id) WHERE (gateway_id IS NOT NULL);

CREATE INDEX call_attempts_by_sip_call_id ON ONLY public.call_attempts USING btree (sip_call_id) WHERE (sip_call_id IS NOT NULL);

CREATE INDEX call_attempts_by_trunk_group ON ONLY public.call_attempts USING btree (trunk_group_id, call_id) WHERE (trunk_group_id IS NOT NULL);

CREATE INDEX call_attempts_left ON ONLY public.call_attempts USING btree (call_id) WHERE (left_account_id IS NOT NULL);

CREATE INDEX call_attempts_left_by_account ON ONLY public.call_attempts USING btree (left_account_id, call_id) WHERE (left_account_id IS NOT NULL);

CREATE INDEX call_attempts_left_by_number ON ONLY public.call_attempts USING btree (left_number_id, call_id) WHERE (left_number_id IS NOT NULL);

CREATE INDEX calls_by_account ON ONLY public.calls USING btree (account_id, call_id) WHERE (account_id IS NOT NULL);

CREATE INDEX calls_by_called ON ONLY public.calls USING btree (called, call_id);

CREATE INDEX calls_by_called_account ON ONLY public.calls USING btree (called_account_id, call_id) WHERE (called_account_id IS NOT NULL);

CREATE INDEX calls_by_caller ON ONLY public.calls USING btree (caller, call_id);

CREATE INDEX calls_by_number ON ONLY public.calls USING btree (number_id, call_id) WHERE (number_id IS NOT NULL);

CREATE INDEX calls_by_refusal ON ONLY public.calls USING btree (refusal_code, call_id) WHERE (refusal_code IS NOT NULL);

CREATE INDEX calls_by_sip_call_id ON ONLY public.calls USING btree (sip_call_id);

CREATE INDEX comments_by_created ON public.comments USING btree (created_at, id);

CREATE INDEX comments_by_holder ON public.comments USING btree (owner_account_id, sub_account_id, mode, created_at, id);

CREATE INDEX comments_by_record ON public.comments USING btree (record_id, created_at, id);

CREATE INDEX documents_by_holder ON public.documents USING btree (owner_account_id, sub_account_id, mode, created_at, id);

CREATE INDEX documents_unlinked ON public.documents USING btree (created_at) WHERE (linked_at IS NULL);

CREATE INDEX endpoints_by_account ON public.endpoints USING btree (account_id, created_at, id);

CREATE INDEX endpoints_by_created ON public.endpoints USING btree (created_at, id);

CREATE INDEX endpoints_by_used_endpoint ON public.endpoints USING gin (uses_endpoint_ids);

CREATE INDEX endpoints_by_used_trunk_group ON public.endpoints USING btree (uses_trunk_group_id) WHERE (uses_trunk_group_id IS NOT NULL);

CREATE INDEX events_by_account ON public.events USING btree (account_id, at, id);

CREATE INDEX events_of_alerts ON public.events USING btree (id) WHERE (type = ANY (ARRAY['gateway.down'::text, 'gateway.up'::text, 'account.traffic_alert'::text]));

CREATE INDEX expectations_by_created ON public.expectations USING btree (created_at, id);

CREATE INDEX expectations_by_depends ON public.expectations USING gin (depends) WHERE enabled;

CREATE INDEX idempotency_by_expiry ON public.idempotency USING btree (expires_at);

CREATE INDEX jobs_by_created ON public.jobs USING btree (created_at, id);

CREATE INDEX jobs_by_number ON public.jobs USING btree (number_id, created_at, id) WHERE (number_id IS NOT NULL);

CREATE INDEX jobs_by_queue ON public.jobs USING btree (queue, created_at, id);

CREATE INDEX jobs_by_state ON public.jobs USING btree (state, created_at, id);

CREATE INDEX jobs_due ON public.jobs USING btree (due_at, id) WHERE (state = 'queued'::text);

CREATE INDEX jobs_running ON public.jobs USING btree (lease_until) WHERE (state = 'running'::text);

CREATE INDEX ledger_entries_by_book ON public.ledger_entries USING btree (account_id, mode, book);

CREATE INDEX ledger_transactions_by_account ON public.ledger_transactions USING btree (account_id, created_at, id);

CREATE INDEX memberships_by_account ON public.memberships USING btree (account_id, created_at, user_id);

CREATE INDEX number_downloads_by_holder ON public.number_downloads USING btree (owner_account_id, sub_account_id, mode, created_at, id);

CREATE INDEX number_downloads_pending ON public.number_downloads USING btree (owner_account_id) WHERE (status = 'pending'::text);

CREATE INDEX number_holders_by_number ON public.number_holders USING btree (number_id, from_at);

CREATE INDEX number_orders_by_created ON public.number_orders USING btree (created_at, id);

CREATE INDEX number_orders_by_holder ON public.number_orders USING btree (owner_account_id, sub_account_id, mode, created_at, id);

CREATE INDEX number_orders_by_request ON public.number_orders USING btree (owner_account_id, request_sha256, created_at) WHERE (request_sha256 IS NOT NULL);

CREATE INDEX number_reservations_by_created ON public.number_reservations USING btree (created_at, id);

CREATE INDEX number_reservations_by_holder ON public.number_reservations USING btree (owner_account_id, sub_account_id, mode, created_at, id);

CREATE INDEX numbers_by_carrier ON public.numbers USING btree (carrier_trunk_group_id) WHERE (carrier_trunk_group_id IS NOT NULL);

CREATE INDEX numbers_by_created ON public.numbers USING btree (created_at, id);

CREATE INDEX numbers_by_endpoint ON public.numbers USING btree (endpoint_id) WHERE (endpoint_id IS NOT NULL);

CREATE INDEX numbers_by_owner ON public.numbers USING btree (owner_account_id, created_at, id) WHERE (owner_account_id IS NOT NULL);

CREATE INDEX numbers_by_sub_account ON public.numbers USING btree (sub_account_id, created_at, id) WHERE (sub_account_id IS NOT NULL);

CREATE INDEX numbers_by_trunk_group ON public.numbers USING btree (trunk_group_id) WHERE (trunk_group_id IS NOT NULL);

CREATE INDEX numbers_in_stock ON public.numbers USING btree (mode, country, type, created_at, id) WHERE (lifecycle = 'available'::text);

CREATE INDEX numbers_in_stock_by_created ON public.numbers USING btree (mode, created_at, id) WHERE (lifecycle = 'available'::text);

CREATE INDEX numbers_in_stock_by_end ON public.numbers USING btree (reverse(e164)) WHERE (lifecycle = 'available'::text);

CREATE INDEX numbers_of_sub_by_e164 ON public.numbers USING btree (sub_account_id, e164) WHERE (sub_account_id IS NOT NULL);

CREATE INDEX numbers_of_sub_by_purchase ON public.numbers USING btree (sub_account_id, purchased_at DESC, created_at, id) WHERE (sub_account_id IS NOT NULL);

CREATE INDEX numbers_own ON public.numbers USING btree (owner_account_id, created_at, id) WHERE ((owner_account_id IS NOT NULL) AND (sub_account_id IS NULL));

CREATE INDEX numbers_own_by_e164 ON public.numbers USING btree (owner_account_id, e164) WHERE ((owner_account_id IS NOT NULL) AND (sub_account_id IS NULL));

CREATE INDEX numbers_own_by_purchase ON public.numbers USING btree (owner_account_id, purchased_at DESC, created_at, id) WHERE ((owner_account_id IS NOT NULL) AND (sub_account_id IS NULL));

CREATE INDEX numbers_owned ON public.numbers USING btree (id) WHERE (owner_account_id IS NOT NULL);

CREATE INDEX numbers_reserved ON public.numbers USING btree (reserved_owner_account_id, reserved_until) WHERE (reserved_until IS NOT NULL);

CREATE INDEX numbers_with_minutes ON public.numbers USING btree (id) WHERE (minutes_per_day IS NOT NULL);

CREATE INDEX order_items_by_sub_order ON public.order_items USING btree (sub_order_id, "position");

CREATE INDEX order_items_live ON public.order_items USING btree (number_id) WHERE (status = ANY (ARRAY['pending'::text, 'success'::text]));

CREATE INDEX outbound_hours_by_hour ON public.outbound_hours USING btree (hour);

CREATE INDEX outbound_profiles_by_account ON public.outbound_profiles USING btree (account_id, created_at, id);

CREATE INDEX outbound_routes_by_created ON public.outbound_routes USING btree (created_at, id);

CREATE INDEX outbound_routes_by_group ON public.outbound_routes USING btree (trunk_group_id);

CREATE INDEX outbound_routes_by_prefix ON public.outbound_routes USING btree (prefix);

CREATE INDEX outbound_routes_by_set ON public.outbound_routes USING btree (route_set_id, created_at, id);

CREATE INDEX outbox_age ON public.outbox USING btree (created_at);

CREATE INDEX outbox_applied_by_time ON public.outbox_applied USING btree (applied_at, id);

CREATE INDEX outbox_due ON public.outbox USING btree (next_at, id);

CREATE INDEX requirement_group_values_references ON public.requirement_group_values USING btree (value) WHERE (field_type = ANY (ARRAY['address'::text, 'document'::text]));

CREATE INDEX requirement_groups_by_holder ON public.requirement_groups USING btree (owner_account_id, sub_account_id, mode, created_at, id);

CREATE INDEX requirement_groups_in_review ON public.requirement_groups USING btree (created_at, id) WHERE (state = 'in_review'::text);

CREATE INDEX requirement_values_provided ON public.requirement_values USING btree (item_id) WHERE (status = 'provided'::text);

CREATE INDEX requirement_values_references ON public.requirement_values USING btree (value) WHERE (field_type = ANY (ARRAY['address'::text, 'document'::text]));

CREATE INDEX requirements_by_created ON public.requirements USING btree (created_at, id);

CREATE INDEX reserved_numbers_by_e164 ON public.reserved_numbers USING btree (e164);

CREATE INDEX sip_credentials_by_account ON public.sip_credentials USING btree (account_id, created_at, id);

CREATE INDEX sip_credentials_by_created ON public.sip_credentials USING btree (created_at, id);

CREATE INDEX sip_credentials_by_trunk ON public.sip_credentials USING btree (trunk_group_id) WHERE (trunk_group_id IS NOT NULL);

CREATE INDEX sub_order_reports_pending ON public.sub_order_reports USING btree (owner_account_id) WHERE (status = 'pending'::text);

CREATE INDEX trunk_groups_by_account ON public.trunk_groups USING btree (account_id, created_at, id) WHERE (account_id IS NOT NULL);

CREATE INDEX trunk_groups_by_created ON public.trunk_groups USING btree (created_at, id);

CREATE INDEX trunk_groups_by_profile ON public.trunk_groups USING btree (outbound_profile_id) WHERE (outbound_profile_id IS NOT NULL);

CREATE INDEX trunk_groups_with_minutes ON public.trunk_groups USING btree (id) WHERE (minutes_per_day IS NOT NULL);

CREATE INDEX trunk_parts_by_account ON public.trunk_parts USING btree (account_id, created_at, id);

CREATE INDEX trunk_parts_by_group ON public.trunk_parts USING btree (trunk_group_id) WHERE (trunk_group_id IS NOT NULL);

CREATE INDEX webhook_deliveries_by_account ON public.webhook_deliveries USING btree (account_id, created_at, id);

CREATE INDEX webhook_deliveries_by_event ON public.webhook_deliveries USING btree (event_id);

CREATE INDEX webhook_deliveries_by_time ON public.webhook_deliveries USING btree (created_at, id);

CREATE INDEX webhook_deliveries_by_webhook ON public.webhook_deliveries USING btree (webhook_id, created_at, id);

CREATE INDEX webhook_deliveries_pending ON public.webhook_deliveries USING btree (webhook_id) WHERE (state = 'pending'::text);

CREATE INDEX webhook_deliveries_sending ON public.webhook_deliveries USING btree (webhook_id) WHERE (sending_until IS NOT NULL);

CREATE INDEX webhook_groups_by_account ON public.webhook_groups USING btree (account_id, created_at, id);

CREATE INDEX webhook_subscriptions_by_account ON public.webhook_subscriptions USING btree (account_id, created_at, id);

CREATE INDEX webhook_subscriptions_by_webhook ON public.webhook_subscriptions USING btree (webhook_id) WHERE (webhook_id IS NOT NULL);

CREATE INDEX webhooks_by_account ON public.webhooks USING btree (account_id, created_at, id);

CREATE INDEX webhooks_by_group ON public.webhooks USING btree (group_id) WHERE (group_id IS NOT NULL);

CREATE UNIQUE INDEX ledger_renewals_once ON public.ledger_transactions USING btree (number_id, period) WHERE (kind = 'renewal'::text);

CREATE UNIQUE INDEX number_holders_one_open ON public.number_holders USING btree (number_id) WHERE (to_at IS NULL);

CREATE UNIQUE INDEX order_items_by_hold ON public.order_items USING btree (hold_transaction_id) WHERE (hold_transaction_id IS NOT NULL);

CREATE UNIQUE INDEX order_items_by_settle ON public.order_items USING btree (settle_transaction_id) WHERE (settle_transaction_id IS NOT NULL);

CREATE UNIQUE INDEX order_items_one_pending ON public.order_items USING btree (number_id) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX requirements_by_name ON public.requirements USING btree (country, number_type, lower(name));

CREATE UNIQUE INDEX sip_credentials_by_login ON public.sip_credentials USING btree (lower(realm), lower(username));

CREATE UNIQUE INDEX sip_credentials_one_per_number ON public.sip_credentials USING btree (number_id) WHERE (number_id IS NOT NULL);

CREATE OR REPLACE FUNCTION public.call_id_at(at timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$ select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $function$;

CREATE OR REPLACE FUNCTION public.call_time(call_id uuid)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$ select to_timestamp(('x' || translate(left(call_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) $function$;

CREATE OR REPLACE FUNCTION public.ledger_transaction_must_balance()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (
    select 1 from ledger_entries where transaction_id = new.transaction_id group by currency having sum(amount_minor) <> 0
  ) then
    raise exception 'ledger transaction % does not sum to zero', new.transaction_id;
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.make_call_day(day date)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  begins constant timestamptz := day::timestamp at time zone 'UTC';
  ends constant timestamptz := (day + 1)::timestamp at time zone 'UTC';
  kept call_log_kept;
  parent text;
  name text;
begin
  perform pg_advisory_xact_lock(4711550863);
  select * into strict kept from call_log_kept;
  if ends <= kept.calls_from then return false; end if;
  foreach parent in array array['calls', 'call_attempts', 'call_decisions'] loop
    name := parent || '_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass(name) is not null or (parent = 'call_decisions' and ends <= kept.decisions_from);
    -- Made apart and attached: this way the parent is locked against neither reading nor writing.
    execute format('create table %I (like %I including defaults including constraints) with (fillfactor = %s)', name, parent,
      case parent when 'call_decisions' then 100 else 60 end);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name, call_id_at(begins), call_id_at(ends));
  end loop;
  return true;
end $function$;

CREATE OR REPLACE FUNCTION public.plane_epoch()
 RETURNS bigint
 LANGUAGE sql
AS $function$ select epoch from plane where identity is null or identity = postgres_identity() $function$;

CREATE OR REPLACE FUNCTION public.postgres_identity()
 RETURNS text
 LANGUAGE plpgsql
AS $function$
begin
  return (select system_identifier::text from pg_control_system()) || '.' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
exception when others then
  return '';
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only', tg_table_name;
end $function$;

CREATE CONSTRAINT TRIGGER ledger_transaction_balances AFTER INSERT ON public.ledger_entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_must_balance();

CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_entries_append_only BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON public.ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_transactions_append_only BEFORE DELETE OR UPDATE ON public.ledger_transactions FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_transactions_no_truncate BEFORE TRUNCATE ON public.ledger_transactions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
