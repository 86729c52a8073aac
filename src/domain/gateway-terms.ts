import { isJsonObject } from '../kit/json-object.ts';
import { type FailoverRules, mergedRules } from './failover-rules.ts';
import type { NumberFormat } from './records.ts';
import type { CodecPolicy } from './sdp-codecs.ts';
import { publicMarks, type SourceMarks } from './source-marks.ts';

/** How calls are put through to a gateway, as data: said for one gateway, or for all of a trunk group. */
export interface GatewayTerms {
  readonly failover?: FailoverRules;
  readonly health?: HealthRules;
  /** Digits before every number that is dialled there; short codes go without. */
  readonly techPrefix?: string;
  /** How the called number is written there; absent: as its group writes numbers. */
  readonly dialFormat?: NumberFormat;
  readonly callerId?: CallerIdRules;
  readonly headers?: HeaderRules;
  /** What the carrier asks us for (RFC 3261 §22). */
  readonly login?: CarrierLogin;
  /** Seconds that we register there for; absent: we do not. Needs a login. */
  readonly registerSeconds?: number;
  /** Whether 18x of its are to be acknowledged (RFC 3262), where there is an offer; absent: it is not asked to (decision C17). */
  readonly reliableProvisionals?: 'supported' | 'required';
  /** What becomes of a REFER that comes from there; absent: as the platform says. */
  readonly refer?: ReferPolicy;
  /** Absent: whatever the two ends agree on; session descriptions then pass as they are, to the byte. */
  readonly codecs?: CodecPolicy;
}

/** A REFER goes on to the other side of the call, is carried out by us, or is refused. */
export type ReferPolicy = 'relay' | 'handle' | 'refuse';

/** When a gateway counts as down, and as up again. */
export interface HealthRules {
  /** Time between two OPTIONS; absent: it is judged by its calls alone. */
  readonly pingIntervalMs?: number;
  readonly pingTimeoutMs?: number;
  /** The only answers to OPTIONS besides 2xx that say it is well; absent: any but 408 and 503 (RFC 3261 §11.2). */
  readonly pingStatuses?: readonly number[];
  /** Ends of attempts that say it is not well, besides silence and an address that cannot be reached. */
  readonly failStatuses?: readonly number[];
  /** This many failures in a row: down. */
  readonly downAfter?: number;
  /** This many good answers in a row: up. */
  readonly upAfter?: number;
  /** So long after the last failure one call may try it again. */
  readonly retryMs?: number;
  /** What becomes of it while it is down: tried behind all others, or not at all. */
  readonly whenDown?: 'last' | 'never';
}

/** How the caller is shown to a gateway (RFC 3323, RFC 3325). */
export interface CallerIdRules {
  /** P-Asserted-Identity: always; not under privacy, for one outside the trust domain (RFC 3325 §7); never. */
  readonly identity?: 'always' | 'unless_private' | 'never';
  /** From of a caller who asked for privacy. */
  readonly privateFrom?: 'anonymous' | 'caller';
  readonly format?: 'e164_plus' | 'e164' | 'national';
}

/** Header fields towards a gateway, within an allow-list (decision C22). */
export interface HeaderRules {
  /** Fields of the caller's that go on, in place of the usual ones. */
  readonly pass?: readonly string[];
  readonly set?: readonly HeaderField[];
}

export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** A login of ours at a carrier; the password is sealed, only the agent can open it. */
export interface CarrierLogin {
  readonly username: string;
  readonly sealedPassword: string;
  /** Only this realm gets an answer; absent: any. */
  readonly realm?: string;
}

/** Terms in one order of keys, so that equal ones are equal as text; undefined where nothing is said. */
export function orderedTerms(terms: GatewayTerms | undefined): GatewayTerms | undefined {
  if (terms === undefined) return undefined;
  const said = KEYS.flatMap((key) => (terms[key] === undefined || isEmpty(terms[key]) ? [] : [[key, ordered(terms[key])]]));
  return said.length === 0 ? undefined : (Object.fromEntries(said) as GatewayTerms);
}

/** Terms as a member of whatever carries them. */
export const termsMember = (terms: GatewayTerms | undefined): { readonly terms?: GatewayTerms } => {
  const kept = orderedTerms(terms);
  return kept === undefined ? {} : { terms: kept };
};

const KEYS = [
  'failover',
  'health',
  'techPrefix',
  'dialFormat',
  'callerId',
  'headers',
  'login',
  'registerSeconds',
  'reliableProvisionals',
  'refer',
  'codecs',
] as const;

const isEmpty = (value: unknown): boolean => isJsonObject(value) && Object.values(value).every((one) => one === undefined);

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, ordered(one)]));
}

/** The terms of a gateway: its own before its group's; failover and health member by member, all else whole. */
export function mergedTerms(own: GatewayTerms | undefined, group: GatewayTerms | undefined): GatewayTerms | undefined {
  if (own === undefined || group === undefined) return own ?? group;
  return orderedTerms({
    ...group,
    ...own,
    failover: mergedRules(own.failover, group.failover ?? {}),
    health: { ...group.health, ...own.health },
  } as GatewayTerms);
}

/** Terms without their secret: what is kept with a call, audited and shown. */
function publicTerms(terms: GatewayTerms): GatewayTerms {
  return terms.login === undefined ? terms : { ...terms, login: { ...terms.login, sealedPassword: '' } };
}

/** A group as the audit keeps it: without the secrets of its terms and of its gateways'. */
export function withoutSecrets<
  G extends {
    readonly terms?: GatewayTerms | undefined;
    readonly marks?: SourceMarks | undefined;
    readonly gateways: readonly { readonly terms?: GatewayTerms }[];
  },
>(group: G): G {
  const bare = <T extends { readonly terms?: GatewayTerms | undefined }>(one: T): T =>
    one.terms === undefined ? one : { ...one, terms: publicTerms(one.terms) };
  const marks = group.marks === undefined ? {} : { marks: publicMarks(group.marks) };
  return { ...bare(group), ...marks, gateways: group.gateways.map(bare) };
}
