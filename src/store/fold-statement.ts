const CALLS = `json_to_recordset($1) as e (call_id uuid, agent_id text, first_at timestamptz, last_seq int, sip_call_id text,
    direction text, mode text, plane_mode text, caller text, called text, number_id uuid, other_number_ids uuid[], account_id uuid,
    sub_account_id uuid, called_account_id uuid, called_sub_account_id uuid, called_number_id uuid, shown_caller text, identified_by json, origin json, versions json, decision_input text, started_at timestamptz, answered_at timestamptz,
    ended_at timestamptz, last_end_at timestamptz, post_dial_delay_ms int, outcome text, sip_status int, refusal_code text, ended_by text)`;

const ATTEMPTS = `json_to_recordset($2) as e (call_id uuid, n int, trunk_group_id uuid, gateway_id uuid, uri text, sip_call_id text,
    started_at timestamptz, ended_at timestamptz, sip_status int, outcome text, left_account_id uuid, left_sub_account_id uuid,
    left_number_id uuid, left_called text)`;

// The end is written once; only the agent's own word replaces the platform's guess that the agent was lost.
const ENDS = "(excluded.outcome is not null and (c.outcome is null or c.outcome = 'agent_lost'))";

/**
 * Folds facts of calls ($1) and of attempts ($2) in one statement, one transaction and one trip: a call's row, its decision input,
 * its attempts, whether it is open, and the last call of its number.
 *
 * The last call moves forward, never back (invariant 5): a call counts when it is admitted and again when it ends; a refused one does
 * not (decision C4), unless it has an end too: then Redis may have let it in, and counts
 * it. An end that another's word replaced counts too. It is taken from the row as it is now, not from the events, which may have come in
 * any order.
 */
export const FOLD = `
  with e as materialized (select * from ${CALLS}),
  folded as (
    insert into calls as c (call_id, direction, mode, plane_mode, caller, called, number_id, other_number_ids, account_id, sub_account_id,
      called_account_id, called_sub_account_id, called_number_id, shown_caller, identified_by,
      origin, sip_call_id, agent_id, started_at, answered_at, ended_at, post_dial_delay_ms, outcome, sip_status, refusal_code,
      ended_by, versions, last_seq, last_end_at)
    select call_id, direction, mode, plane_mode, caller, called, number_id, other_number_ids, account_id, sub_account_id,
      called_account_id, called_sub_account_id, called_number_id, shown_caller, identified_by,
      origin, sip_call_id, agent_id, coalesce(started_at, first_at), answered_at, ended_at, post_dial_delay_ms, outcome, sip_status,
      refusal_code, ended_by, versions, last_seq, last_end_at
    from e
    on conflict (call_id) do update set
      direction = coalesce(excluded.direction, c.direction), mode = coalesce(excluded.mode, c.mode),
      -- The first event 0 has the word, as for the decision input: admission may have told one that its agent did not hear of.
      plane_mode = coalesce(c.plane_mode, excluded.plane_mode), versions = coalesce(c.versions, excluded.versions),
      caller = coalesce(excluded.caller, c.caller),
      called = coalesce(excluded.called, c.called), number_id = coalesce(excluded.number_id, c.number_id),
      other_number_ids = coalesce(excluded.other_number_ids, c.other_number_ids),
      account_id = coalesce(excluded.account_id, c.account_id), sub_account_id = coalesce(excluded.sub_account_id, c.sub_account_id),
      called_account_id = coalesce(excluded.called_account_id, c.called_account_id),
      called_sub_account_id = coalesce(excluded.called_sub_account_id, c.called_sub_account_id),
      called_number_id = coalesce(excluded.called_number_id, c.called_number_id),
      shown_caller = coalesce(excluded.shown_caller, c.shown_caller),
      identified_by = coalesce(excluded.identified_by, c.identified_by), origin = coalesce(excluded.origin, c.origin),
      sip_call_id = coalesce(excluded.sip_call_id, c.sip_call_id),
      started_at = case when excluded.origin is not null then excluded.started_at
        when c.origin is null then least(c.started_at, excluded.started_at) else c.started_at end,
      -- A caller who gave up while the answer was passed on did not get it.
      answered_at = case when 'cancelled' in (c.outcome, excluded.outcome) then null
        else coalesce(c.answered_at, excluded.answered_at) end,
      post_dial_delay_ms = least(c.post_dial_delay_ms, excluded.post_dial_delay_ms),
      ended_at = case when ${ENDS} then excluded.ended_at else c.ended_at end,
      outcome = case when ${ENDS} then excluded.outcome else c.outcome end,
      sip_status = case when ${ENDS} then coalesce(excluded.sip_status, c.sip_status) else coalesce(c.sip_status, excluded.sip_status) end,
      refusal_code = case when ${ENDS} then excluded.refusal_code else c.refusal_code end,
      ended_by = case when ${ENDS} then excluded.ended_by else c.ended_by end,
      last_seq = greatest(c.last_seq, excluded.last_seq), last_end_at = greatest(c.last_end_at, excluded.last_end_at)
    returning c.call_id, c.agent_id, c.number_id, c.other_number_ids, c.started_at, c.ended_at, c.last_end_at, c.outcome, c.last_seq
  ), decided as (
    insert into call_decisions (call_id, input)
    select call_id, decision_input from e
      where decision_input is not null and call_id >= (select call_id_at(decisions_from) from call_log_kept)
    on conflict (call_id) do nothing
  ), attempted as (
    insert into call_attempts as a (call_id, n, trunk_group_id, gateway_id, uri, sip_call_id, started_at, ended_at, sip_status, outcome,
      left_account_id, left_sub_account_id, left_number_id, left_called)
    select call_id, n, trunk_group_id, gateway_id, uri, sip_call_id, started_at, ended_at, sip_status, outcome,
      left_account_id, left_sub_account_id, left_number_id, left_called from ${ATTEMPTS}
    on conflict (call_id, n) do update set
      trunk_group_id = coalesce(excluded.trunk_group_id, a.trunk_group_id), gateway_id = coalesce(excluded.gateway_id, a.gateway_id),
      uri = coalesce(excluded.uri, a.uri), started_at = coalesce(excluded.started_at, a.started_at),
      -- The word of the event that began the attempt comes first, whichever of the two is here first.
      sip_call_id = case when excluded.started_at is null then coalesce(a.sip_call_id, excluded.sip_call_id)
        else coalesce(excluded.sip_call_id, a.sip_call_id) end,
      ended_at = coalesce(excluded.ended_at, a.ended_at), sip_status = coalesce(excluded.sip_status, a.sip_status),
      outcome = coalesce(excluded.outcome, a.outcome),
      left_account_id = coalesce(excluded.left_account_id, a.left_account_id),
      left_sub_account_id = coalesce(excluded.left_sub_account_id, a.left_sub_account_id),
      left_number_id = coalesce(excluded.left_number_id, a.left_number_id), left_called = coalesce(excluded.left_called, a.left_called)
  ), opened as (
    insert into open_calls (call_id, agent_id) select call_id, agent_id from folded where ended_at is null on conflict (call_id) do nothing
  ), closed as (
    delete from open_calls o using folded f where o.call_id = f.call_id and f.ended_at is not null
  ), touched as (
    -- Every number the call was for: an on-net call and a forwarded one are for more than one (decision C16).
    select n.number_id, max(greatest(started_at, ended_at, last_end_at)) as at
      from folded f cross join lateral unnest(array[f.number_id] || f.other_number_ids) as n (number_id)
      where n.number_id is not null and (outcome is distinct from 'refused' or last_seq > 0) group by n.number_id
  ), due as (
    -- One look by key for each, in key order; a join would lock in any order, and read a whole table of some ten thousand numbers.
    select n.id, greatest(n.last_call_at, t.at) as at from (select * from touched order by number_id) t
      cross join lateral (select id, last_call_at from numbers where id = t.number_id
        and last_call_at is distinct from greatest(last_call_at, t.at) for no key update) n
  )
  update numbers n set last_call_at = d.at from unnest(array(select id from due), array(select at from due)) as d (id, at)
    where n.id = d.id`;
