import { err, ok } from '../../kit/result.ts';
import { NOT_AVAILABLE, type Targets } from '../../kit/sip-names/resolver.ts';
import type { Core } from '../dialog/core.ts';
import { FLOW_FAILED, flowPeer, unreachableStatus } from '../dialog/flow-hop.ts';
import { resolveUri, tlsNameOf } from '../dialog/next-hop.ts';
import { newBranch, type RequestPlan } from '../dialog/request-plan.ts';
import { sendPlainCancel } from '../dialog/send-cancel.ts';
import { UNAVAILABLE } from '../dialog/try-targets.ts';
import type { ResponseView } from '../message/read-response.ts';
import type { SipHeader } from '../message/sip-message.ts';
import type { SipUri } from '../message/uri.ts';
import type { Timer } from '../transaction/scheduler.ts';
import { isReliable, type Peer } from '../transport/peer.ts';
import type { Outcome } from './best-response.ts';
import { type Attempt, attemptInvite, attemptRequest } from './branch-attempt.ts';

/** Where one copy of a request goes. */
export interface BranchTarget {
  readonly requestUri: string;
  readonly routes: readonly string[];
  readonly hop: SipUri | undefined;
  /** Goes there instead of to `hop`. */
  readonly flow: Peer | undefined;
}

/** What a branch asks and tells the request it is of. */
export interface BranchUser {
  readonly method: string;
  readonly provisionalMs: number | undefined;
  readonly finalMs: number | undefined;
  build(target: BranchTarget, peer: Peer, branch: string): { readonly plan: RequestPlan; readonly bytes: Buffer };
  provisional(view: ResponseView): void;
  /** Any 2xx, each time it comes, also behind the end of the branch. */
  success(branch: Branch, view: ResponseView, from: Peer, plan: RequestPlan, repeated: boolean): void;
  /** A final response that is no 2xx came. */
  refused(branch: Branch, view: ResponseView, from: Peer): void;
  /** It has its outcome. */
  over(branch: Branch): void;
}

/** One copy of a request that is passed on: over the addresses of its target in turn, until it has an outcome. */
export class Branch {
  readonly target: BranchTarget;
  readonly #core: Core;
  readonly #user: BranchUser;
  state: 'waiting' | 'active' | 'over' = 'waiting';
  /** What counts when the best response is chosen; undefined for a 2xx and for a redirection that is followed. */
  outcome: Outcome | undefined;
  /** A copy has left. */
  sent = false;
  #attempt: Attempt | undefined;
  #cancel: readonly SipHeader[] | undefined;
  #provisional = false;
  #silence: Timer | undefined;
  #final: Timer | undefined;
  #wait: Timer | undefined;

  constructor(core: Core, user: BranchUser, target: BranchTarget) {
    this.#core = core;
    this.#user = user;
    this.target = target;
  }

  /** Finds the addresses of its target and sends the request to the first. */
  start(): void {
    this.state = 'active';
    const { finalMs, provisionalMs } = this.#user;
    if (finalMs !== undefined) this.#final = this.#core.scheduler.after(finalMs, () => this.giveUp(408));
    if (provisionalMs !== undefined) this.#silence = this.#core.scheduler.after(provisionalMs, () => this.giveUp(408));
    const found = (targets: Targets): void => this.#found(targets);
    const { flow, hop } = this.target;
    const given = flow === undefined ? flowPeer(this.#core, hop) : isDead(flow) ? err(FLOW_FAILED) : ok(flow);
    if (given !== undefined) found(given.ok ? ok([given.value]) : given);
    else resolveUri(this.#core, hop, (targets) => this.#orByStream(targets, found), tlsNameOf(hop));
  }

  /** The caller wants it no more: CANCEL as soon as that is allowed (RFC 3261 §16.10); who never said a word is not waited for. */
  cancel(headers: readonly SipHeader[]): void {
    if (this.state === 'waiting') this.#end({ status: 487, view: undefined });
    if (this.state !== 'active' || this.#cancel !== undefined) return;
    this.#cancel = headers;
    if (this.#attempt === undefined || !this.#provisional) return void this.giveUp(487);
    sendPlainCancel(this.#core, this.#attempt.plan, headers);
    this.#wait?.cancel();
    this.#wait = this.#core.scheduler.after(this.#core.timers.inviteTimeoutMs, () => this.giveUp(487));
  }

  /** Waits no longer; what still comes is cancelled, or passed on when it is a 2xx. */
  giveUp(status: number): void {
    if (this.state !== 'active') {
      if (this.state === 'waiting') this.#end({ status, view: undefined });
      return;
    }
    const cancelled = this.#cancel !== undefined && this.#provisional;
    this.#cancel ??= [];
    this.#attempt?.abandon(this.#provisional && !cancelled, this.#cancel);
    this.#end({ status, view: undefined });
  }

  // drachtio-server: with nothing to send UDP by, a target that leaves the transport open is tried over TCP.
  #orByStream(targets: Targets, found: (targets: Targets) => void): void {
    const { hop } = this.target;
    if (targets.ok || targets.error !== NOT_AVAILABLE || hop === undefined || hop.scheme !== 'sip' || hop.parameters.has('transport'))
      return void found(targets);
    resolveUri(this.#core, { ...hop, parameters: new Map([...hop.parameters, ['transport', 'tcp']]) }, found);
  }

  #found(targets: Targets): void {
    if (this.state !== 'active') return;
    if (!targets.ok) return void this.#end({ status: unreachableStatus(targets.error), view: undefined });
    const peers = targets.value.filter((peer) => !this.#core.isSelf(peer));
    const [first, ...others] = peers;
    // Ourselves: it would come back at once (RFC 3261 §16.6 step 4).
    if (first === undefined) return void this.#end({ status: targets.value.length > 0 ? 482 : 503, view: undefined });
    this.#try(first, others);
  }

  #try(peer: Peer, others: readonly Peer[]): void {
    const { plan, bytes } = this.#user.build(this.target, peer, newBranch());
    this.sent = true;
    const begin = this.#user.method === 'INVITE' ? attemptInvite : attemptRequest;
    const patienceMs = others.length === 0 ? undefined : this.#core.timers.nextTargetMs;
    const movedOn = (): boolean => this.#moveOn(peer, others);
    const attempt = begin(
      this.#core,
      { plan, bytes, patienceMs },
      {
        provisional: (view) => this.#alive(view),
        success: (view, from, repeated) => this.#succeeded(view, from, plan, repeated),
        refused: (view, from) => {
          if (view.message.status !== UNAVAILABLE || !movedOn()) this.#refused(view, from, peer);
        },
        silent: () => movedOn() || this.#failed(408),
        unreachable: () => movedOn() || this.#failed(503),
      },
    );
    // It may have failed and moved on while it was being sent.
    if (!attempt.moved) this.#attempt = attempt;
  }

  #moveOn(peer: Peer, [next, ...further]: readonly Peer[]): boolean {
    if (next === undefined || this.state !== 'active' || this.#cancel !== undefined) return false;
    this.#core.failedTargets.failed(peer);
    this.#core.tally.failovers += 1;
    this.#provisional = false;
    this.#wait?.cancel();
    this.#try(next, further);
    return true;
  }

  #failed(status: number): boolean {
    if (this.state === 'active') this.#end({ status, view: undefined });
    return false;
  }

  #succeeded(view: ResponseView, from: Peer, plan: RequestPlan, repeated: boolean): void {
    this.#core.failedTargets.answered(plan.peer);
    if (this.state === 'active') {
      // An address that was given up answers first: the one that is tried now is not wanted any more.
      if (this.#attempt !== undefined && this.#attempt.plan !== plan) this.#attempt.abandon(this.#provisional, []);
      this.#end(undefined, false);
    }
    this.#user.success(this, view, from, plan, repeated);
  }

  #refused(view: ResponseView, from: Peer, peer: Peer): void {
    this.#core.failedTargets.answered(peer);
    if (this.state !== 'active') return;
    this.#end({ status: view.message.status, view }, false);
    this.#user.refused(this, view, from);
    this.#user.over(this);
  }

  #alive(view: ResponseView): void {
    this.#silence?.cancel();
    this.#provisional = true;
    // Timer C: starts again with each provisional answer but 100 (RFC 3261 §16.7 step 2).
    if (this.#user.method === 'INVITE' && this.#cancel === undefined && (view.message.status > 100 || this.#wait === undefined)) {
      this.#wait?.cancel();
      this.#wait = this.#core.scheduler.after(this.#core.timers.proceedingTimeoutMs, () => this.giveUp(408));
    }
    if (view.message.status > 100) this.#user.provisional(view);
  }

  #end(outcome: Outcome | undefined, tell = true): void {
    this.state = 'over';
    this.outcome = outcome;
    this.#silence?.cancel();
    this.#final?.cancel();
    this.#wait?.cancel();
    if (tell) this.#user.over(this);
  }
}

const isDead = (flow: Peer): boolean => isReliable(flow.protocol) && flow.connection?.open !== true;
