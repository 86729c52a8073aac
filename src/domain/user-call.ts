import type { CallParties, Candidate, Decision } from './call.ts';
import { type Calling, connectOut } from './connect-out.ts';
import { reject } from './decision-outcome.ts';
import type { Called } from './dial-string.ts';
import { type HolderAccount, leafOf } from './holder-account.ts';
import { wantedLease } from './lease.ts';
import { outboundCaller, withheldBy } from './outbound-caller.ts';
import type { OutboundPeer } from './outbound-peer.ts';
import { type Deciding, type DecisionContext, note, readRecord } from './record-view.ts';
import { type CredentialRecord, isInForce, type RecordRef, recordRef } from './records.ts';

interface NamedUser {
  readonly ref: RecordRef;
  readonly login: CredentialRecord;
}

/** The user of that name beside the login that calls: same realm, same holder, same mode (decision C15); null: there is none. */
function* userNamed(context: DecisionContext, peer: OutboundPeer, { holder }: HolderAccount, name: string): Deciding<NamedUser | null> {
  if (peer.login === null || context.settings.sipDomain === undefined || name === '') return null;
  const ref = recordRef.credential(peer.login.realm, name);
  const login = yield* readRecord(context, 'credential', ref);
  const isTheirs = login?.mode === peer.mode && (login.subAccountId ?? login.accountId) === leafOf(holder);
  const isUsed = isInForce(login, context.request.at);
  note(context, 'sip_user', isTheirs && isUsed, { user: name });
  return isTheirs && isUsed ? { ref, login } : null;
}

const nameIn = (called: Called): string | null => {
  if (called.kind === 'user') return called.user;
  return called.kind === 'short' ? called.digits : null;
};

/** Decides a call of a SIP user to another one of the same holder, by its name; it presents its number, or else its own name. */
export function* decideNamed(context: DecisionContext, calling: Calling, called: Called, known: CallParties): Deciding<Decision> {
  const { peer, account, dial } = calling;
  const name = nameIn(called);
  const user = name === null ? null : yield* userNamed(context, peer, account, name);
  if (user === null || peer.login === null) return reject(context, known, 'dial_string_invalid');
  const { realm, username } = user.login;
  const internal: CallParties = { ...known, direction: 'internal', called: username };
  // Colleagues see who calls, and not what stands in for that outside (ADR 26).
  const caller = yield* outboundCaller(context, account, { ...peer, defaultCaller: null }, dial);
  // A phone without a number may still call its colleagues.
  const isNameless = caller.refusal === 'caller_not_owned';
  const shown = isNameless ? peer.login.username : caller.text;
  const parties = { ...internal, caller: shown, numberId: caller.number?.id ?? null };
  if (caller.refusal !== null && !isNameless) return reject(context, parties, caller.refusal);
  note(context, 'presented', true, { caller: shown });
  const candidate: Candidate = {
    ...{ trunkGroupId: null, gatewayId: null, endpointId: null, dialUser: null, chosen: true },
    uri: `sip:${username}@${realm}`,
    user: user.ref,
    reason: 'SIP user of the account',
  };
  const own = caller.number === null ? [] : [wantedLease('number', caller.number)];
  const leases = [...own, ...account.leases, ...peer.leases];
  return yield* connectOut(withheldBy(context, caller), calling, { parties, candidates: [candidate], leases, unlimited: false });
}
