import type { LocalRecords } from '../app/ports/routing.ts';
import type { Candidate, TransferFact } from '../domain/call.ts';
import { parseE164 } from '../domain/e164.ts';
import { mergedTerms, type ReferPolicy } from '../domain/gateway-terms.ts';
import { type RecordRef, recordRef, type TrunkGroupRecord } from '../domain/records.ts';
import type { CallRefusalCode } from '../domain/refusal.ts';
import type { Bridge, BridgeOptions } from './bridge.ts';
import { haveOneHolder, joinCalls } from './join-calls.ts';
import type { OwnHosts } from './own-hosts.ts';
import { eventOf } from './refer-event.ts';
import { type ReferTarget, type ReplacedDialog, readReferTo } from './refer-to.ts';
import { isIdentified, type Leg, sideOf } from './relay-in-dialog.ts';
import { relayRefer } from './relay-refer.ts';
import { refusalReply } from './replies.ts';
import type { ReceivedRequest } from './sip-stack.ts';
import { type TransferCallDeps, transferCall } from './transfer-call.ts';
import { TransferReport } from './transfer-report.ts';

export interface ReferDeps extends TransferCallDeps {
  readonly local: Pick<LocalRecords, 'lastKnown' | 'fill'>;
  readonly hosts: Pick<OwnHosts, 'has'>;
  /** Our domain. */
  readonly domain: string;
  /** What the platform says where trunk groups say nothing. */
  readonly policy: { readonly fromCarriers: ReferPolicy; readonly fromAccounts: ReferPolicy };
}

/** Answers requests for a transfer (RFC 3515) by the policy of the leg they come from. `deps` is asked for at each one. */
export const createReferHandler =
  (deps: () => ReferDeps): BridgeOptions['refer'] =>
  (request, from, to, bridge) => {
    from.refers += 1;
    const known = deps();
    if (from.candidate?.user === undefined) handleRefer(request, from, to, bridge, known);
    else
      readLogin(from.candidate, from.candidate.user, known)
        .then(() => handleRefer(request, from, to, bridge, known))
        .catch((error: unknown) => failed(request, error, known));
  };

/** Nobody else hears of a fault after a wait, and unheard it would end the agent with all its calls. */
function failed(request: ReceivedRequest, error: unknown, { run }: ReferDeps): void {
  run.log.error('a REFER failed on a fault', { error: error instanceof Error ? error.stack : String(error) });
  request.reply(500);
}

/** A call to a SIP user needed nothing of its login's trunk group, which may not be at hand. Never rejects. */
async function readLogin(candidate: Candidate, user: RecordRef, { local, run }: ReferDeps): Promise<void> {
  try {
    await local.fill([user]);
    const id = groupOfLogin(candidate, local);
    if (id !== null && id !== 'unknown') await local.fill([recordRef.trunkGroup(id)]);
  } catch (error) {
    run.log.debug('the trunk group of a login was not read', { error: String(error) });
  }
}

function handleRefer(request: ReceivedRequest, from: Leg, to: Leg, bridge: Bridge, deps: ReferDeps): void {
  const policy = policyOf(from, deps);
  const target = readReferTo(request.header('Refer-To'), deps.hosts);
  if (policy === 'refuse') refuse(request, from, 'transfer_refused');
  else if (target === null) request.reply(400);
  else if (policy === 'relay') relayRefer(request, target, from, to, { ...deps.run, domain: deps.domain });
  else carryOut(request, target, from, bridge, deps);
}

function refuse(request: ReceivedRequest, leg: Leg, code: CallRefusalCode): void {
  const { status, headers } = refusalReply(code, isIdentified(leg) ? leg.call.callId : null);
  request.reply(status, { headers });
}

/** What is said at the gateway or trunk group the leg goes through, as it stands now; else what the platform says. */
function policyOf(leg: Leg, deps: ReferDeps): ReferPolicy {
  const { policy } = deps;
  const group = groupOf(leg, false, deps);
  if (group === 'unknown') return 'refuse';
  if (group === null) return policy.fromAccounts;
  const gateway = group.gateways.find((one) => one.id === leg.candidate?.gatewayId);
  const said = mergedTerms(gateway?.terms, group.terms)?.refer;
  return said ?? (group.groupKind === 'carrier' ? policy.fromCarriers : policy.fromAccounts);
}

/** True for a phone of another account, which the call was forwarded or placed to here: it speaks for nobody else. */
const isOfAnother = ({ candidate }: Leg): boolean => candidate?.of !== undefined;

/** For whom the new call would be placed; null: nobody here could answer for it. */
function factOf(leg: Leg, deps: ReferDeps): TransferFact | null {
  const { callId, decision } = leg.call;
  const { direction, accountId, subAccountId, numberId, mode, called, caller } = decision.parties;
  // The called party of a call between two accounts speaks for the other one.
  const isOurs = direction === 'inbound' || direction === 'outbound' || sideOf(leg) === 'caller';
  const e164 = direction === 'inbound' ? called : caller;
  if (!isOurs || isOfAnother(leg) || accountId === null || numberId === null || parseE164(e164) === null) return null;
  const group = groupOf(leg, direction === 'outbound', deps);
  if (group === 'unknown') return null;
  return { callId, accountId, subAccountId, mode, e164, ...(group?.groupKind === 'customer' ? { trunkGroupId: group.id } : {}) };
}

/** The trunk group a leg goes through, or that its call came through; null: none, `unknown`: one that is gone. Its kind never changes. */
function groupOf({ candidate, call }: Leg, isCallers: boolean, { local }: ReferDeps): TrunkGroupRecord | null | 'unknown' {
  const through = call.decision.leases.find(({ kind }) => kind === 'trunk_group')?.id ?? null;
  const id = candidate === null || isCallers ? through : (candidate.trunkGroupId ?? groupOfLogin(candidate, local));
  if (id === null || id === 'unknown') return id;
  const group = local.lastKnown(recordRef.trunkGroup(id))?.record;
  return group?.kind === 'trunk_group' ? group : 'unknown';
}

/** The trunk group of a SIP user's login: what holds for its calls holds for those it asks for. `unknown`: the login is gone. */
function groupOfLogin({ user }: Candidate, local: ReferDeps['local']): string | null {
  if (user === undefined) return null;
  const login = local.lastKnown(user)?.record;
  return login?.kind === 'credential' ? (login.trunkGroupId ?? null) : 'unknown';
}

function carryOut(request: ReceivedRequest, target: ReferTarget, from: Leg, bridge: Bridge, deps: ReferDeps): void {
  const fact = factOf(from, deps);
  // An address out there would be dialled past the account's routes (decision C6).
  if (fact === null || !target.isOurs) {
    refuse(request, from, 'transfer_refused');
    return;
  }
  if (target.replaces !== null) {
    join(request, target.replaces, from, bridge, deps);
    return;
  }
  if (deps.run.calls.isFull) {
    refuse(request, from, 'plane_busy');
    return;
  }
  const handover = bridge.beginHandover(from);
  if (handover === null) {
    request.reply(491);
    return;
  }
  void transferCall({ request, target, fact, handover, report: accept(request, from, deps) }, deps);
}

/** An attended transfer: the party has two calls and leaves both. The other one must be its own, and at this agent. */
function join(request: ReceivedRequest, replaced: ReplacedDialog, from: Leg, bridge: Bridge, deps: ReferDeps): void {
  const { run, transferByeMs } = deps;
  const found = run.bridged.find(replaced);
  if (
    found === undefined ||
    found.bridge === bridge ||
    isOfAnother(found.leg) ||
    !haveOneHolder(found.leg.call, from.call) ||
    policyOf(found.leg, deps) !== 'handle'
  ) {
    refuse(request, from, 'transfer_refused');
    return;
  }
  const one = bridge.beginHandover(from);
  const other = one === null ? null : found.bridge.beginHandover(found.leg);
  if (one === null || other === null) {
    one?.fail();
    request.reply(491);
    return;
  }
  const { refer, bridged, log } = run;
  void joinCalls({ one, other, report: accept(request, from, deps) }, transferByeMs, { lateOffer: null, refer, bridged, log });
}

/** 202, and whoever reports on what follows; nobody does where nobody wants to hear (RFC 4488 §4). */
function accept(request: ReceivedRequest, leg: Leg, { run }: ReferDeps): TransferReport {
  const isSilent = request.header('Refer-Sub')?.split(';', 1)[0]?.trim().toLowerCase() === 'false';
  request.reply(202, { headers: isSilent ? { 'Refer-Sub': 'false' } : {} });
  const told = { event: isSilent ? null : eventOf(request, leg.refers), isIdentified: isIdentified(leg) };
  return new TransferReport(leg.dialog, told, run.log);
}
