import { CALL_DIRECTIONS, type CallParties } from '../domain/call.ts';
import type {
  AdmittedEvent,
  AnsweredEvent,
  AttemptEndedEvent,
  AttemptEvent,
  CallEvent,
  CallOrigin,
  EndedEvent,
  RefusedEvent,
} from '../domain/call-event.ts';
import type { Identity } from '../domain/call-identity.ts';
import { LEASE_SCOPE_KINDS, type LeaseScope } from '../domain/lease.ts';
import type { Leaving } from '../domain/leaving.ts';
import type { RecordRef, RecordVersion } from '../domain/records.ts';
import { CALL_REFUSALS, type CallRefusalCode } from '../domain/refusal.ts';
import { anyText, BadValue, listOf, type Members, membersOf, oneOf, orNull, parseMembers, wholeNumber } from './strict-json.ts';

/** Longest text of one event; a decision input is about 1 KB (decision C12). */
const EVENT_LENGTH_MAX = 256 * 1024;
const ID_MAX = 128;

/** An event as it goes into the call log: the JSON of it. Throws on one beyond 256 Ki characters. */
export function encodeCallEvent(event: CallEvent): string {
  const text = JSON.stringify(event);
  if (text.length > EVENT_LENGTH_MAX) throw new RangeError('a call event is too long');
  return text;
}

/** The event of a log entry; throws BadValue on anything else. Texts in it may hold any character a caller sent. */
export function decodeCallEvent(text: unknown): CallEvent {
  const body = parseMembers(anyText(text, EVENT_LENGTH_MAX, 'event'));
  const type = oneOf(body.type, ['admitted', 'refused', 'attempt', 'attempt_ended', 'answered', 'ended'], 'event type');
  return READERS[type](body);
}

const id = (value: unknown): string => anyText(value, ID_MAX, 'id');
const idOrNull = (value: unknown): string | null => orNull(value, id);
const text = (value: unknown): string => anyText(value, EVENT_LENGTH_MAX, 'text');
const status = (value: unknown): number => wholeNumber(value, 100, 699, 'SIP status');
const ordinal = (value: unknown): number => wholeNumber(value, 0, 1_000_000, 'ordinal');

function refusalCode(value: unknown): CallRefusalCode {
  if (typeof value !== 'string' || !Object.hasOwn(CALL_REFUSALS, value)) throw new BadValue('refusal code');
  return value as CallRefusalCode;
}

const base = (body: Members) => ({
  callId: id(body.callId),
  seq: ordinal(body.seq),
  agentId: id(body.agentId),
  at: wholeNumber(body.at, 0, 8.64e15, 'time'),
});

// At most what one call may pass: an endpoint can forward to no more.
const otherNumbers = (value: unknown): Pick<CallParties, 'otherNumberIds'> => {
  const ids = listOf(value ?? [], 16, 'numbers').map(id);
  return ids.length === 0 ? {} : { otherNumberIds: ids };
};

function identity(value: unknown): Identity {
  const { kind, id: by, trunkGroupId } = membersOf(value, 'identity');
  const through = trunkGroupId === undefined ? {} : { trunkGroupId: id(trunkGroupId) };
  return { kind: oneOf(kind, ['trunk_group', 'credential', 'call'], 'identity'), id: text(by), ...through };
}

function calleeSide(value: unknown): Pick<CallParties, 'callee'> {
  if (value === undefined) return {};
  const { accountId, subAccountId, numberId, caller } = membersOf(value, 'callee');
  return { callee: { accountId: id(accountId), subAccountId: idOrNull(subAccountId), numberId: id(numberId), caller: text(caller) } };
}

function parties(value: unknown): CallParties {
  const body = membersOf(value, 'parties');
  return {
    direction: oneOf(body.direction, CALL_DIRECTIONS, 'direction'),
    mode: oneOf(body.mode, ['live', 'test'], 'mode'),
    called: text(body.called),
    caller: text(body.caller),
    numberId: idOrNull(body.numberId),
    ...otherNumbers(body.otherNumberIds),
    accountId: idOrNull(body.accountId),
    subAccountId: idOrNull(body.subAccountId),
    ...calleeSide(body.callee),
    ...(body.withheld === true ? { withheld: true } : {}),
    identifiedBy: orNull(body.identifiedBy, identity),
  };
}

function origin(value: unknown): CallOrigin {
  const body = membersOf(value, 'origin');
  return {
    sipCallId: text(body.sipCallId),
    sourceIp: text(body.sourceIp),
    sourcePort: wholeNumber(body.sourcePort, 0, 65_535, 'port'),
    transport: text(body.transport),
  };
}

// More than admission takes: a call that is refused for resting on too many has a record too.
const VERSIONS_MAX = 4096;

const versions = (value: unknown): readonly RecordVersion[] =>
  listOf(value, VERSIONS_MAX, 'versions').map((item) => {
    const one = membersOf(item, 'version');
    return { record: text(one.record) as RecordRef, version: wholeNumber(one.version, -1, Number.MAX_SAFE_INTEGER, 'version') };
  });

const ATTEMPT_OUTCOMES = [
  'answered',
  'failed',
  'no_response',
  'ring_timeout',
  'cancelled',
  'unreachable',
  'limit_reached',
  'rate_exceeded',
  'minutes_exhausted',
] as const;

const LEASES_MAX = 64;

// Events written before there were leases hold none.
const leases = (value: unknown): readonly LeaseScope[] =>
  listOf(value ?? [], LEASES_MAX, 'leases').map((item) => {
    const one = membersOf(item, 'lease');
    return { kind: oneOf(one.kind, LEASE_SCOPE_KINDS, 'lease'), id: id(one.id) };
  });

function left(value: unknown): { readonly left?: Leaving } {
  if (value === undefined) return {};
  const { accountId, subAccountId, numberId, called } = membersOf(value, 'leaving');
  return { left: { accountId: id(accountId), subAccountId: idOrNull(subAccountId), numberId: id(numberId), called: text(called) } };
}

const decided = (body: Members) => ({
  parties: parties(body.parties),
  origin: origin(body.origin),
  versions: versions(body.versions),
  decisionInput: anyText(body.decisionInput, EVENT_LENGTH_MAX, 'decision input'),
  ...(body.planeMode === undefined ? {} : { planeMode: oneOf(body.planeMode, ['normal', 'degraded'], 'plane mode') }),
});

const heard = (body: Members) =>
  body.postDialDelayMs === undefined ? {} : { postDialDelayMs: wholeNumber(body.postDialDelayMs, 0, Number.MAX_SAFE_INTEGER, 'delay') };

const READERS: { readonly [T in CallEvent['type']]: (body: Members) => Extract<CallEvent, { type: T }> } = {
  admitted: (body): AdmittedEvent => ({ type: 'admitted', ...base(body), ...decided(body), leases: leases(body.leases) }),
  refused: (body): RefusedEvent => ({
    type: 'refused',
    ...base(body),
    ...decided(body),
    code: refusalCode(body.code),
    sipStatus: status(body.sipStatus),
  }),
  attempt: (body): AttemptEvent => ({
    type: 'attempt',
    ...base(body),
    n: ordinal(body.n),
    trunkGroupId: idOrNull(body.trunkGroupId),
    gatewayId: idOrNull(body.gatewayId),
    uri: text(body.uri),
    ...left(body.left),
    sipCallId: orNull(body.sipCallId, text),
    leases: leases(body.leases),
  }),
  attempt_ended: (body): AttemptEndedEvent => ({
    type: 'attempt_ended',
    ...base(body),
    n: ordinal(body.n),
    sipCallId: orNull(body.sipCallId, text),
    sipStatus: orNull(body.sipStatus, status),
    outcome: oneOf(body.outcome, ATTEMPT_OUTCOMES, 'outcome'),
  }),
  answered: (body): AnsweredEvent => ({
    type: 'answered',
    ...base(body),
    sipStatus: status(body.sipStatus),
    ...heard(body),
    ...(body.minutes === undefined ? {} : { minutes: leases(body.minutes) }),
  }),
  ended: (body): EndedEvent => ({
    type: 'ended',
    ...base(body),
    outcome: oneOf(body.outcome, ['completed', 'refused', 'failed', 'cancelled', 'agent_lost'], 'outcome'),
    sipStatus: orNull(body.sipStatus, status),
    code: orNull(body.code, refusalCode),
    endedBy: oneOf(body.endedBy, ['caller', 'callee', 'platform'], 'side'),
    ...heard(body),
  }),
};
