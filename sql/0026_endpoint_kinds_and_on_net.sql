-- An endpoint sends its calls along a route instead of to targets of its own, and on to a fallback (ADR 21).
alter table endpoints
  -- {kind: trunk_group | forward | schedule, …}; null: its targets.
  add column route json,
  -- {on: [busy | no_answer | unreachable], endpointId}
  add column fallback json,
  -- What the two refer to: what is in use is not deleted (decision B28).
  add column uses_endpoint_ids uuid[] not null default '{}',
  add column uses_trunk_group_id uuid references trunk_groups (id);
create index endpoints_by_used_endpoint on endpoints using gin (uses_endpoint_ids);
create index endpoints_by_used_trunk_group on endpoints (uses_trunk_group_id) where uses_trunk_group_id is not null;

-- Further numbers that a call is for besides `number_id`: called on-net, or forwarded to. Null: none (decision C16).
alter table calls add column other_number_ids uuid[];
