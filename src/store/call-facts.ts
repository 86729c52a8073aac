import { createHash } from 'node:crypto';
import type { AdmittedEvent, CallEvent, EndedEvent, RefusedEvent } from '../domain/call-event.ts';
import { timestamp } from './timestamps.ts';

/** What a batch of events says of one call; null means it does not say. Keys are columns: this is the JSON the SQL reads. */
export interface CallFacts {
  readonly call_id: string;
  readonly agent_id: string;
  readonly first_at: string;
  readonly last_seq: number;
  readonly sip_call_ids: readonly string[];
  direction: string | null;
  mode: string | null;
  caller: string | null;
  called: string | null;
  number_id: string | null;
  account_id: string | null;
  sub_account_id: string | null;
  identified_by: unknown;
  origin: unknown;
  versions: unknown;
  decision_input: string | null;
  started_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  outcome: string | null;
  sip_status: number | null;
  refusal_code: string | null;
  ended_by: string | null;
}

/** What a batch says of one attempt. */
export interface AttemptFacts {
  readonly call_id: string;
  readonly n: number;
  trunk_group_id: string | null;
  gateway_id: string | null;
  uri: string | null;
  started_at: string | null;
  ended_at: string | null;
  sip_status: number | null;
  outcome: string | null;
}

const TEXT_MAX = 255;
const URI_MAX = 1024;
/** Legs of one call that can be found by Call-ID; a call with more attempts than this keeps the first ones. */
const SIP_CALL_IDS_MAX = 64;

/** Text of strangers as Postgres can store it. */
const storable = (text: string): string => text.replaceAll('\0', '�').replaceAll(/\p{Surrogate}/gu, '�');

const bounded = (text: string): string => text.slice(0, TEXT_MAX);

/** Facts as the SQL reads them; every string of them made storable. */
export const factsJson = (facts: readonly (CallFacts | AttemptFacts)[]): string =>
  JSON.stringify(facts, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value));

/** A Call-ID as it is indexed: whole up to 255 characters, a longer one by its hash, so that no index entry can be too large. */
export function indexedCallId(sipCallId: string): string {
  const text = storable(sipCallId);
  return text.length <= TEXT_MAX ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Gathers what the events of one call say; the order and repetition of events makes no difference. */
export function callFacts(events: readonly CallEvent[]): CallFacts {
  const sorted = events.toSorted((a, b) => a.seq - b.seq);
  const [first] = sorted;
  if (first === undefined) throw new Error('a call has no events');
  const opening = sorted.find((event) => event.type === 'admitted' || event.type === 'refused');
  return {
    call_id: first.callId,
    agent_id: bounded(first.agentId),
    first_at: timestamp(Math.min(...sorted.map((event) => event.at))),
    last_seq: Math.max(...sorted.map((event) => event.seq)),
    sip_call_ids: [...new Set(sorted.flatMap(sipCallIdsOf))].slice(0, SIP_CALL_IDS_MAX),
    ...openingFacts(opening),
    ...closingFacts(sorted),
  };
}

function sipCallIdsOf(event: CallEvent): string[] {
  if ('origin' in event) return [indexedCallId(event.origin.sipCallId)];
  return 'sipCallId' in event && event.sipCallId !== null ? [indexedCallId(event.sipCallId)] : [];
}

type Opening = AdmittedEvent | RefusedEvent;

const openingFacts = (opening: Opening | undefined) => ({
  direction: opening?.parties.direction ?? null,
  mode: opening?.parties.mode ?? null,
  caller: opening === undefined ? null : bounded(opening.parties.caller),
  called: opening === undefined ? null : bounded(opening.parties.called),
  number_id: opening?.parties.numberId ?? null,
  account_id: opening?.parties.accountId ?? null,
  sub_account_id: opening?.parties.subAccountId ?? null,
  identified_by: opening?.parties.identifiedBy ?? null,
  origin: opening?.origin ?? null,
  versions: opening?.versions ?? null,
  decision_input: opening?.decisionInput ?? null,
  started_at: opening === undefined ? null : timestamp(opening.at),
});

function closingFacts(events: readonly CallEvent[]) {
  const answered = events.find((event) => event.type === 'answered');
  const refused = events.find((event) => event.type === 'refused');
  const ended = endOf(events);
  return {
    answered_at: answered === undefined ? null : timestamp(answered.at),
    ended_at: ended === undefined && refused === undefined ? null : timestamp((ended ?? refused ?? { at: 0 }).at),
    outcome: refused === undefined ? (ended?.outcome ?? null) : 'refused',
    sip_status: refused?.sipStatus ?? ended?.sipStatus ?? answered?.sipStatus ?? null,
    refusal_code: refused?.code ?? ended?.code ?? null,
    ended_by: refused === undefined ? (ended?.endedBy ?? null) : 'platform',
  };
}

/** `agent_lost` is the platform's guess about a silent agent; the agent's own word, whenever it comes, is better. */
function endOf(events: readonly CallEvent[]): EndedEvent | undefined {
  const ends = events.filter((event) => event.type === 'ended');
  return ends.find((event) => event.outcome !== 'agent_lost') ?? ends[0];
}

/** Gathers what the events of one call say of its attempts. */
export function attemptFacts(events: readonly CallEvent[]): readonly AttemptFacts[] {
  const attempts = new Map<number, AttemptFacts>();
  for (const event of events) {
    if (event.type !== 'attempt' && event.type !== 'attempt_ended') continue;
    const facts = attempts.get(event.n) ?? emptyAttempt(event.callId, event.n);
    attempts.set(event.n, facts);
    if (event.type === 'attempt') {
      facts.trunk_group_id = event.trunkGroupId;
      facts.gateway_id = event.gatewayId;
      facts.uri = event.uri.slice(0, URI_MAX);
      facts.started_at = timestamp(event.at);
    } else {
      facts.ended_at = timestamp(event.at);
      facts.sip_status = event.sipStatus;
      facts.outcome = event.outcome;
    }
  }
  return [...attempts.values()].toSorted((a, b) => a.n - b.n);
}

const emptyAttempt = (callId: string, n: number): AttemptFacts => ({
  call_id: callId,
  n,
  trunk_group_id: null,
  gateway_id: null,
  uri: null,
  started_at: null,
  ended_at: null,
  sip_status: null,
  outcome: null,
});
