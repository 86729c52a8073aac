import type { Holder } from './account.ts';
import type { Candidate } from './call.ts';
import { parseContactUri } from './contact-uri.ts';
import { isWithin } from './holder-account.ts';
import { isRealmOf } from './realm.ts';
import { type Deciding, type DecisionContext, readRecord, want } from './record-view.ts';
import { type CredentialRecord, type EndpointRecord, isInForce, type Mode, type RecordRef, recordRef } from './records.ts';

/** Who may ring a SIP user, and how its contacts are rung. */
interface Asking {
  readonly holder: Holder;
  readonly mode: Mode;
  readonly ring: EndpointRecord['ring'] | undefined;
}

/** The login that a target in a domain of ours names: `sip:alice@{realm}`; null for an address. */
export function userNamed(uri: string, sipDomain: string | undefined): RecordRef | null {
  if (sipDomain === undefined) return null;
  const parts = parseContactUri(uri);
  return parts === null || parts.user === '' || !isRealmOf(sipDomain, parts.host) ? null : recordRef.credential(parts.host, parts.user);
}

/** Why nobody may ring this login; null: it may be. Another account's answers as one that does not exist. */
function whyNot(context: DecisionContext, login: CredentialRecord | null, { holder, mode }: Asking): string | null {
  if (login === null || login.mode !== mode || !isWithin(holder, login.subAccountId ?? login.accountId)) return 'no such SIP user';
  return isInForce(login, context.request.at) ? null : 'SIP user disabled';
}

/** SIP users whose contacts one admission reads. */
const SIP_USERS_MAX = 32;

/** At most as many different SIP users as one call can ring; those further behind are left out. */
export function withinUsers(candidates: readonly Candidate[]): readonly Candidate[] {
  const users = new Set<RecordRef>();
  return candidates.map((candidate) => {
    const { chosen, user } = candidate;
    if (!chosen || user === undefined || users.has(user)) return candidate;
    if (users.size >= SIP_USERS_MAX) return { ...candidate, chosen: false, reason: `beyond ${SIP_USERS_MAX} SIP users` };
    users.add(user);
    return candidate;
  });
}

/** The targets again, those that name SIP users of the holder marked as such, and those of nobody excluded. */
export function* withUsers(context: DecisionContext, targets: readonly Candidate[], asking: Asking): Deciding<readonly Candidate[]> {
  const users = targets.map(({ uri, user }) => user ?? userNamed(uri, context.settings.sipDomain));
  yield* want(
    context,
    users.filter((user) => user !== null),
  );
  const marked: Candidate[] = [];
  for (const [at, target] of targets.entries()) {
    const user = users[at] ?? null;
    if (user === null) {
      marked.push(target);
      continue;
    }
    const refusal = whyNot(context, yield* readRecord(context, 'credential', user), asking);
    const ring = asking.ring === undefined ? {} : { ring: asking.ring };
    marked.push(refusal === null ? { ...target, user, ...ring } : { ...target, chosen: false, reason: refusal });
  }
  return marked;
}
