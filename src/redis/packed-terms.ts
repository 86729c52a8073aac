import { TECH_PREFIX_PATTERN } from '../domain/dial-text.ts';
import { type FailoverRules, STATUS_PATTERN } from '../domain/failover-rules.ts';
import {
  type CallerIdRules,
  type CarrierLogin,
  type GatewayTerms,
  type HeaderRules,
  type HealthRules,
  termsMember,
} from '../domain/gateway-terms.ts';
import { isPassableHeader, isSettableHeader } from '../domain/header-rules.ts';
import { type CodecPolicy, isCodecName } from '../domain/sdp-codecs.ts';
import { BadValue, lineText, listOf, type Members, membersOf, oneOf, orNull, wholeNumber } from './strict-json.ts';

/** The terms of a gateway or a group as they are in a record: the domain's own names, each read with its own bound. */
const DAY_MS = 86_400_000;

/** Reads each member that is there; the others stay absent. */
function present<T extends object>(body: Members, readers: { readonly [K in keyof T]-?: (value: unknown) => T[K] }): T {
  const entries = Object.entries<(value: unknown) => unknown>(readers).flatMap(([key, read]) => {
    const value = orNull(body[key], read);
    return value === null ? [] : [[key, value]];
  });
  return Object.fromEntries(entries) as T;
}

const number = (min: number, max: number, what: string) => (value: unknown) => wholeNumber(value, min, max, what);
const word =
  <const W extends string>(words: readonly W[], what: string) =>
  (value: unknown): W =>
    oneOf(value, words, what);
const section = <T extends object>(what: string, readers: { readonly [K in keyof T]-?: (value: unknown) => T[K] }) => {
  return (value: unknown): T => present<T>(membersOf(value, what), readers);
};

const statusText = (value: unknown): string => {
  const text = lineText(value, 3, 'status');
  if (!STATUS_PATTERN.test(text)) throw new BadValue('status');
  return text;
};
const statusTexts = (value: unknown): string[] => listOf(value, 64, 'statuses').map(statusText);
const statuses = (value: unknown): number[] => listOf(value, 64, 'statuses').map((one) => wholeNumber(one, 200, 699, 'status'));
const nextOrFinal = word(['next', 'final'], 'step');

const failover = section<FailoverRules>('failover', {
  nextOn: statusTexts,
  finalOn: statusTexts,
  noResponse: nextOrFinal,
  ringTimeout: nextOrFinal,
  firstResponseMs: number(1, DAY_MS, 'first response'),
  ringMs: number(1, DAY_MS, 'ring time'),
  earlyMedia: word(['last', 'first', 'never'], 'early media'),
  afterEarlyMedia: nextOrFinal,
  redirect: word(['next', 'follow'], 'redirect'),
  attemptsMax: number(1, 100, 'attempts'),
});

const health = section<HealthRules>('health', {
  pingIntervalMs: number(1, DAY_MS, 'interval'),
  pingTimeoutMs: number(1, DAY_MS, 'timeout'),
  pingStatuses: statuses,
  failStatuses: statuses,
  downAfter: number(1, 1000, 'threshold'),
  upAfter: number(1, 1000, 'threshold'),
  retryMs: number(1, DAY_MS, 'retry'),
  whenDown: word(['last', 'never'], 'down'),
});

const callerId = section<CallerIdRules>('caller id', {
  identity: word(['always', 'unless_private', 'never'], 'identity'),
  privateFrom: word(['anonymous', 'caller'], 'private From'),
  format: word(['e164_plus', 'e164', 'national'], 'format'),
});

const headers = section<HeaderRules>('headers', {
  pass: (value) => listOf(value, 16, 'headers').map((one) => headerName(one, isPassableHeader)),
  set: (value) =>
    listOf(value, 16, 'headers').map((one) => {
      const { name, value: text } = membersOf(one, 'header');
      return { name: headerName(name, isSettableHeader), value: lineText(text, 255, 'header value') };
    }),
});

// Who writes to Redis must not write a Via, or anything else that steers a request.
function headerName(value: unknown, isAllowed: (name: string) => boolean): string {
  const name = lineText(value, 64, 'header name');
  if (!isAllowed(name)) throw new BadValue('header name');
  return name;
}

const login = (value: unknown): CarrierLogin => {
  const body = membersOf(value, 'login');
  const realm = orNull(body.realm, (present) => lineText(present, 255, 'realm'));
  return {
    username: lineText(body.username, 255, 'username'),
    sealedPassword: lineText(body.sealedPassword, 1024, 'sealed password'),
    ...(realm === null ? {} : { realm }),
  };
};

const codecs = (value: unknown): CodecPolicy => {
  const body = membersOf(value, 'codecs');
  const order = orNull(body.order, (present) => oneOf(present, ['prefer'] as const, 'order'));
  const allow = listOf(body.allow, 32, 'codecs').map((one) => {
    const name = lineText(one, 32, 'codec');
    if (!isCodecName(name)) throw new BadValue('codec');
    return name;
  });
  return { allow, ...(order === null ? {} : { order }) };
};

const terms = section<GatewayTerms>('terms', {
  failover,
  health,
  techPrefix: (value) => {
    const digits = lineText(value, 16, 'tech prefix');
    if (!TECH_PREFIX_PATTERN.test(digits)) throw new BadValue('tech prefix');
    return digits;
  },
  dialFormat: word(['e164_plus', 'e164', 'national'], 'dial format'),
  callerId,
  headers,
  login,
  registerSeconds: number(1, 86_400, 'registration'),
  reliableProvisionals: word(['supported', 'required'], 'reliable provisionals'),
  refer: word(['relay', 'handle', 'refuse'], 'refer'),
  codecs,
});

/** The terms of a body as a member of what carries them; throws BadValue on damaged ones. */
export const readTerms = (value: unknown): { readonly terms?: GatewayTerms } => termsMember(orNull(value, terms) ?? undefined);
