import { createHash } from 'node:crypto';
import type { CallParties } from '../domain/call.ts';
import type { AdmittedEvent, AnsweredEvent, CallEvent, EndedEvent, RefusedEvent } from '../domain/call-event.ts';
import type { Leaving } from '../domain/leaving.ts';
import { timestamp } from './timestamps.ts';

/** What a batch of events says of one call; null means it does not say. Keys are columns: this is the JSON the SQL reads. */
export interface CallFacts {
  readonly call_id: string;
  readonly agent_id: string;
  readonly first_at: string;
  readonly last_seq: number;
  sip_call_id: string | null;
  direction: string | null;
  mode: string | null;
  plane_mode: string | null;
  caller: string | null;
  called: string | null;
  number_id: string | null;
  other_number_ids: readonly string[] | null;
  account_id: string | null;
  sub_account_id: string | null;
  called_account_id: string | null;
  called_sub_account_id: string | null;
  called_number_id: string | null;
  shown_caller: string | null;
  identified_by: unknown;
  origin: unknown;
  versions: unknown;
  decision_input: string | null;
  started_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  /** When the agent was given up: Redis has had it as the last call, whoever's word the record ends with (invariant 5). */
  last_end_at: string | null;
  post_dial_delay_ms: number | null;
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
  sip_call_id: string | null;
  started_at: string | null;
  ended_at: string | null;
  sip_status: number | null;
  outcome: string | null;
  /** Absent where the leg is no call out of its own: nearly always. */
  left_account_id?: string;
  left_sub_account_id?: string | null;
  left_number_id?: string;
  left_called?: string;
}

const TEXT_MAX = 255;
const URI_MAX = 1024;
const INTEGER_MAX = 2 ** 31 - 1;

/** Text of strangers as Postgres can store it. */
const storable = (text: string): string => text.replaceAll('\0', '�').replaceAll(/\p{Surrogate}/gu, '�');

const bounded = (text: string): string => text.slice(0, TEXT_MAX);

/** What Postgres text cannot hold, as well-formed JSON writes it: NUL and lone surrogates, in lower case (ECMA-262 QuoteJSONString). */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/;

/** Facts as the SQL reads them; every string of them storable. Nearly all are: those are not looked at one by one. */
export function factsJson(facts: readonly (CallFacts | AttemptFacts)[]): string {
  const json = JSON.stringify(facts);
  if (!UNSTORABLE.test(json)) return json;
  return JSON.stringify(facts, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value));
}

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
    ...openingFacts(opening),
    ...closingFacts(sorted),
  };
}

type Opening = AdmittedEvent | RefusedEvent;

const openingFacts = (opening: Opening | undefined) => ({
  direction: opening?.parties.direction ?? null,
  mode: opening?.parties.mode ?? null,
  plane_mode: opening?.planeMode ?? null,
  caller: opening === undefined ? null : bounded(opening.parties.caller),
  called: opening === undefined ? null : bounded(opening.parties.called),
  number_id: opening?.parties.numberId ?? null,
  other_number_ids: opening?.parties.otherNumberIds ?? null,
  account_id: opening?.parties.accountId ?? null,
  sub_account_id: opening?.parties.subAccountId ?? null,
  ...calleeFacts(opening?.parties),
  identified_by: opening?.parties.identifiedBy ?? null,
  origin: opening?.origin ?? null,
  sip_call_id: opening === undefined ? null : indexedCallId(opening.origin.sipCallId),
  versions: opening?.versions ?? null,
  decision_input: opening?.decisionInput ?? null,
  started_at: opening === undefined ? null : timestamp(opening.at),
});

const calleeFacts = ({ callee, withheld }: Pick<CallParties, 'callee' | 'withheld'> = {}) => ({
  called_account_id: callee?.accountId ?? null,
  called_sub_account_id: callee?.subAccountId ?? null,
  called_number_id: callee?.numberId ?? null,
  shown_caller: callee === undefined ? (withheld === true ? 'anonymous' : null) : bounded(callee.caller),
});

function closingFacts(events: readonly CallEvent[]) {
  const answered = events.find((event) => event.type === 'answered');
  const refused = events.find((event) => event.type === 'refused');
  const ends = events.filter((event) => event.type === 'ended');
  // `agent_lost` is the platform's guess about a silent agent; the agent's own word, whenever it comes, is better.
  const guesses = ends.filter((event) => event.outcome === 'agent_lost');
  const ended = ends.find((event) => event.outcome !== 'agent_lost') ?? ends[0];
  return {
    // The agent notes an answer before it passes it on (decision C5); a caller who had given up by then did not get it.
    answered_at: answered === undefined || ended?.outcome === 'cancelled' ? null : timestamp(answered.at),
    ended_at: ended === undefined && refused === undefined ? null : timestamp((ended ?? refused ?? { at: 0 }).at),
    last_end_at: guesses.length === 0 ? null : timestamp(Math.max(...guesses.map(({ at }) => at))),
    post_dial_delay_ms: postDialDelayOf(answered) ?? postDialDelayOf(ended) ?? null,
    outcome: refused === undefined ? (ended?.outcome ?? null) : 'refused',
    sip_status: refused?.sipStatus ?? ended?.sipStatus ?? answered?.sipStatus ?? null,
    refusal_code: refused?.code ?? ended?.code ?? null,
    ended_by: refused === undefined ? (ended?.endedBy ?? null) : 'platform',
  };
}

const postDialDelayOf = (event: AnsweredEvent | EndedEvent | undefined): number | undefined =>
  event?.postDialDelayMs === undefined ? undefined : Math.min(event.postDialDelayMs, INTEGER_MAX);

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
      if (event.left !== undefined) Object.assign(facts, leftFacts(event.left));
      facts.sip_call_id = event.sipCallId === null ? facts.sip_call_id : indexedCallId(event.sipCallId);
    } else {
      facts.ended_at = timestamp(event.at);
      facts.sip_status = event.sipStatus;
      facts.outcome = event.outcome;
      if (event.sipCallId !== null) facts.sip_call_id ??= indexedCallId(event.sipCallId);
    }
  }
  return [...attempts.values()].toSorted((a, b) => a.n - b.n);
}

const leftFacts = ({ accountId, subAccountId, numberId, called }: Leaving): Partial<AttemptFacts> => ({
  left_account_id: accountId,
  left_sub_account_id: subAccountId,
  left_number_id: numberId,
  left_called: bounded(called),
});

const emptyAttempt = (callId: string, n: number): AttemptFacts => ({
  call_id: callId,
  n,
  trunk_group_id: null,
  gateway_id: null,
  uri: null,
  sip_call_id: null,
  started_at: null,
  ended_at: null,
  sip_status: null,
  outcome: null,
});
