import type { LeaseScope, LeaseScopeKind } from '../domain/lease.ts';
import { anyText, BadValue, listOf, membersOf } from './strict-json.ts';

/** What Redis keeps of a live call in its agent's list: enough to let go of everything the call holds. */
export interface AgentCall {
  readonly numberIds: readonly string[];
  readonly leases: readonly LeaseScope[];
}

const NUMBERS_MAX = 16;
const LEASES_MAX = 64;
const ID_MAX = 64;
const LETTER: Record<LeaseScopeKind, string> = { number: 'n', account: 'a', trunk_group: 'g', outbound_profile: 'p', gateway: 'w' };
const KINDS = new Map(Object.entries(LETTER).map(([kind, letter]) => [letter, kind as LeaseScopeKind]));

/** The name of a scope as one text. */
export const scopeText = ({ kind, id }: LeaseScope): string => LETTER[kind] + id;

/** An entry of `keys.agentCalls`: whoever writes one (admission, a replay) takes this form. */
export const encodeAgentCall = ({ numberIds, leases }: AgentCall): string =>
  leases.length === 0 ? JSON.stringify(numberIds) : JSON.stringify({ n: numberIds, l: leases.map(scopeText) });

/** Reads an entry; one nobody can read is a call without anything, so that it can be closed. */
export function decodeAgentCall(text: string): AgentCall {
  try {
    const body: unknown = JSON.parse(text);
    // A list: a call without leases, or one of a version that had none.
    if (Array.isArray(body)) return { numberIds: ids(body), leases: [] };
    const { n, l } = membersOf(body, 'call of an agent');
    return { numberIds: ids(n), leases: listOf(l, LEASES_MAX, 'leases of a call').map(scopeIn) };
  } catch {
    return { numberIds: [], leases: [] };
  }
}

const ids = (value: unknown): string[] => listOf(value, NUMBERS_MAX, 'numbers of a call').map((one) => anyText(one, ID_MAX, 'number id'));

/** Reads the name of a scope; throws BadValue on anything else. */
export function scopeIn(value: unknown): LeaseScope {
  const text = anyText(value, ID_MAX, 'lease');
  const kind = KINDS.get(text.slice(0, 1));
  if (kind === undefined) throw new BadValue('lease');
  return { kind, id: text.slice(1) };
}
