-- Answers of requests that came with an Idempotency-Key, committed with the effect they tell of (decision B14).

create table idempotency (
  -- `account:<id>`, `platform`, or `platform:<id>` for the platform acting for an account.
  scope text not null,
  mode text not null check (mode in ('live', 'test')),
  key text not null check (length(key) between 1 and 255),
  -- SHA-256 of what was asked for: the same key with another request is refused.
  fingerprint bytea not null check (length(fingerprint) = 32),
  -- Status, headers and body, sealed; secrets that are told once are not in it.
  sealed_answer text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (scope, mode, key)
);
create index idempotency_by_expiry on idempotency (expires_at);
