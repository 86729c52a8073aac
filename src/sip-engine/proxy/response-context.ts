import { answer } from '../dialog/answer.ts';
import type { Core } from '../dialog/core.ts';
import type { Incoming } from '../dialog/incoming.ts';
import type { RequestPlan } from '../dialog/request-plan.ts';
import type { RequestView } from '../message/read-request.ts';
import type { ResponseView } from '../message/read-response.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { headerLines, type SipHeader } from '../message/sip-message.ts';
import type { Outgoing } from '../transaction/transaction-deps.ts';
import type { Peer } from '../transport/peer.ts';
import { bestOutcome, type Outcome, otherChallenges, redirectTargets } from './best-response.ts';
import { Branch, type BranchTarget, type BranchUser } from './branch.ts';
import { passBack } from './forward-message.ts';

/** How a request is passed on, and who hears of it. */
export interface ContextOrder extends Pick<BranchUser, 'provisionalMs' | 'finalMs' | 'build'> {
  readonly simultaneous: boolean;
  /** Makes a target of a URI a redirection named; undefined: redirections are passed back. */
  readonly follow: ((uri: string) => BranchTarget) | undefined;
  /** A final response of a target. */
  onFinal(view: ResponseView, from: Peer): void;
  /** No further response will be told; `sent` says whether the request left at all. */
  onDone(sent: boolean): void;
  /** A 2xx came behind our refusal, each time it does: its call is nobody's. */
  onLate(view: ResponseView, from: Peer, plan: RequestPlan): void;
  /** What becomes of a response on its way back to the caller. */
  passing?(view: ResponseView): ResponseView;
}

const TARGETS_MAX = 64;

/** A request that is passed on, with every copy of it: the response context of RFC 3261 §16. */
export class ResponseContext implements BranchUser {
  readonly method: string;
  readonly provisionalMs: number | undefined;
  readonly finalMs: number | undefined;
  readonly build: BranchUser['build'];
  readonly #core: Core;
  readonly #incoming: Incoming;
  readonly #order: ContextOrder;
  readonly #branches: Branch[] = [];
  readonly #seen = new Set<string>();
  #answered: 'no' | 'success' | 'refusal' = 'no';
  #stopped = false;
  #cancelled = false;
  #told = false;

  constructor(core: Core, incoming: Incoming, order: ContextOrder) {
    this.#core = core;
    this.#incoming = incoming;
    this.#order = order;
    this.method = incoming.view.message.method;
    this.provisionalMs = order.provisionalMs;
    this.finalMs = order.finalMs;
    this.build = order.build;
  }

  /** Sends it to its targets; from now on CANCEL and everything else of its transaction belong here. */
  start(targets: readonly BranchTarget[]): void {
    const note = this.#core.notes.get(this.#incoming.transaction);
    if (note !== undefined) note.cancelled = (cancel) => this.#cancel(cancel);
    this.#core.proxying.add(this);
    this.#add(targets, 0);
    this.#advance();
  }

  /** The engine ends: 503 at once. */
  abandon(): void {
    this.#stopped = true;
    for (const branch of this.#branches) branch.giveUp(503);
    this.#advance();
  }

  provisional(view: ResponseView): void {
    if (this.#answered === 'no') this.#incoming.transaction.respond(this.#back(view));
    else this.#core.tally.drop('late_response');
  }

  success(_branch: Branch, view: ResponseView, from: Peer, plan: RequestPlan, repeated: boolean): void {
    if (this.#answered === 'refusal') return void this.#order.onLate(view, from, plan);
    const first = this.#answered === 'no';
    this.#answered = 'success';
    if (first) this.#incoming.transaction.respond(this.#back(view));
    // Each 2xx to an INVITE is passed on, whenever and however often it comes (RFC 3261 §16.7 step 5).
    else if (this.method === 'INVITE') this.#core.send(this.#back(view), this.#incoming.from);
    if (repeated) return;
    this.#order.onFinal(view, from);
    this.#stop();
    this.#done();
  }

  refused(branch: Branch, view: ResponseView, from: Peer): void {
    const { status } = view.message;
    if (this.#answered === 'no') this.#order.onFinal(view, from);
    if (status >= 600) this.#stop();
    // The caller can try again with credentials; whoever comes later in the row could not know better.
    if ((status === 401 || status === 407) && !this.#order.simultaneous) this.#stopped = true;
    const { follow } = this.#order;
    if (status < 300 || status > 399 || follow === undefined || this.#stopped || this.#cancelled) return;
    if (this.#add(redirectTargets(view).map(follow), this.#branches.indexOf(branch) + 1)) branch.outcome = undefined;
  }

  over(): void {
    this.#advance();
  }

  #back(view: ResponseView): Outgoing {
    return passBack(this.#order.passing?.(view) ?? view);
  }

  /** Adds targets that were not tried yet; false when there was none. */
  #add(targets: readonly BranchTarget[], at: number): boolean {
    const fresh = targets.filter((target) => {
      const key = `${target.requestUri} ${target.hop === undefined ? '' : `${target.hop.host}:${target.hop.port ?? ''}`}`;
      const known = this.#seen.has(key) || this.#seen.size >= TARGETS_MAX;
      if (!known) this.#seen.add(key);
      return !known;
    });
    this.#branches.splice(at, 0, ...fresh.map((target) => new Branch(this.#core, this, target)));
    return fresh.length > 0;
  }

  // Starting one may end it at once, and so call this again.
  #advance(): void {
    for (const branch of [...this.#branches]) {
      if (this.#stopped || this.#answered !== 'no') break;
      if (!this.#order.simultaneous && this.#branches.some(({ state }) => state === 'active')) return;
      if (branch.state === 'waiting') branch.start();
    }
    if (this.#branches.some(({ state }) => state === 'active')) return;
    if (this.#answered === 'no' && !this.#branches.some(({ state }) => state === 'waiting' && !this.#stopped)) this.#refuse();
  }

  #refuse(): void {
    this.#answered = 'refusal';
    const outcomes = this.#branches.map(({ outcome }) => outcome).filter((outcome): outcome is Outcome => outcome !== undefined);
    const best = bestOutcome(outcomes, this.#cancelled) ?? { status: 408, view: undefined };
    this.#passRefusal(best, outcomes);
    this.#done();
  }

  #passRefusal(best: Outcome, outcomes: readonly Outcome[]): void {
    const { transaction, view, from } = this.#incoming;
    // RFC 3261 §16.7 step 6: 503 is about us then, and 500 about this request.
    const status = best.status === 503 ? 500 : best.status;
    if (best.view !== undefined) transaction.respond(passBack(best.view, otherChallenges(outcomes, best), status));
    // RFC 4320 §4.2: nobody can use a 408 to anything but INVITE; it would come too late.
    else if (status === 408 && this.method !== 'INVITE') transaction.terminate();
    else answer({ request: view.message, transaction, from }, status);
  }

  #cancel(cancel: RequestView): void {
    this.#cancelled = true;
    this.#stopped = true;
    const reasons: SipHeader[] = headerLines(cancel.message, 'reason').map((value) => makeHeader('Reason', value));
    for (const branch of [...this.#branches]) branch.cancel(reasons);
    this.#advance();
  }

  #stop(): void {
    this.#stopped = true;
    for (const branch of [...this.#branches]) branch.giveUp(487);
  }

  #done(): void {
    this.#core.proxying.delete(this);
    if (this.#told) return;
    this.#told = true;
    this.#order.onDone(this.#branches.some(({ sent }) => sent));
  }
}
