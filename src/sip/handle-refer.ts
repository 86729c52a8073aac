import type { CallRefusalCode } from '../domain/refusal.ts';
import type { Bridge, BridgeOptions } from './bridge.ts';
import { haveOneHolder, joinCalls } from './join-calls.ts';
import type { OwnHosts } from './own-hosts.ts';
import { eventFor } from './refer-event.ts';
import { isOfAnother, type ReferPolicyDeps, readGroupOfLogin, referPolicyOf, transferFactOf } from './refer-policy.ts';
import { type ReferTarget, type ReplacedDialog, readReferTo } from './refer-to.ts';
import { isIdentified, type Leg } from './relay-in-dialog.ts';
import { relayRefer } from './relay-refer.ts';
import { refusalReply } from './replies.ts';
import type { ReceivedRequest } from './sip-stack.ts';
import { type TransferCallDeps, transferCall } from './transfer-call.ts';
import { TransferReport } from './transfer-report.ts';

export interface ReferDeps extends TransferCallDeps, ReferPolicyDeps {
  readonly hosts: Pick<OwnHosts, 'has'>;
  /** Our domain. */
  readonly domain: string;
}

/** Answers requests for a transfer (RFC 3515) by the policy of the leg they come from. `deps` is asked for at each one. */
export const createReferHandler =
  (deps: () => ReferDeps): BridgeOptions['refer'] =>
  (request, from, to, bridge) => {
    from.refers += 1;
    const known = deps();
    const { candidate } = from;
    const handle = (): void => handleRefer(request, from, to, bridge, known);
    if (candidate?.user === undefined) handle();
    else
      readGroupOfLogin(candidate, candidate.user, known.local, known.run.log)
        .then(handle)
        .catch((error: unknown) => failed(request, error, known));
  };

/** Nobody else hears of a fault after a wait, and unheard it would end the agent with all its calls. */
function failed(request: ReceivedRequest, error: unknown, { run }: ReferDeps): void {
  run.log.error('a REFER failed on a fault', { error: error instanceof Error ? error.stack : String(error) });
  request.reply(500);
}

function handleRefer(request: ReceivedRequest, from: Leg, to: Leg, bridge: Bridge, deps: ReferDeps): void {
  const policy = referPolicyOf(from, deps);
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

function carryOut(request: ReceivedRequest, target: ReferTarget, from: Leg, bridge: Bridge, deps: ReferDeps): void {
  const fact = transferFactOf(from, deps);
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
    referPolicyOf(found.leg, deps) !== 'handle'
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
  const told = { event: isSilent ? null : eventFor(request, leg.refers), isIdentified: isIdentified(leg) };
  return new TransferReport(leg.dialog, told, run.log);
}
