import type { EndedEvent } from '../../domain/call-event.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { JournalRegistry, LeftJournal, PlaneLook } from '../ports/journal.ts';
import type { LostCalls } from '../ports/lost-calls.ts';
import type { LiveCalls } from '../ports/plane.ts';
import type { Admission, AgentRegistry } from '../ports/routing.ts';
import { lost } from './close-lost-calls.ts';
import { JournalProgress } from './journal-progress.ts';
import { JournalResend } from './resend-journal.ts';

/** What delivering an adopted journal needs. */
export interface DeliverLeftJournalDeps {
  readonly registry: Pick<JournalRegistry, 'ended'>;
  readonly agents: Pick<AgentRegistry, 'list'>;
  readonly admission: Pick<Admission, 'append' | 'end'>;
  readonly liveCalls: Pick<LiveCalls, 'liveCallsOf'>;
  readonly lostCalls: Pick<LostCalls, 'closeUnlisted'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const LISTED_MAX = 20_000;
const CLOSED_PER_TRIP = 100;

/** The journal of a dead agent on its way to one Redis, and what of its calls is known beside it. */
export class LeftDelivery {
  readonly #deps: DeliverLeftJournalDeps;
  readonly #journal: LeftJournal;
  readonly #progress: JournalProgress;
  /** Calls Redis listed when the journal was sent, with their numbers; the journal itself may no longer hold their beginning. */
  readonly #listed = new Map<string, readonly string[]>();
  #resend: { readonly marker: string; readonly work: JournalResend; unlisted: Map<string, readonly string[]> | null } | null = null;
  /** Redis listed none of its calls any more at an earlier look: all their ends lie in the call log. */
  #allEnded = false;

  constructor(journal: LeftJournal, deps: DeliverLeftJournalDeps) {
    this.#journal = journal;
    this.#deps = deps;
    this.#progress = new JournalProgress(journal);
  }

  /** Goes on while `goesOn` says so, one trip at least. `more`: the next round is due at once; `over`: this journal is no longer ours. */
  async work(seen: PlaneLook, marker: string, goesOn: () => boolean): Promise<'more' | 'waits' | 'over'> {
    const { agentId } = this.#journal;
    const { registry, liveCalls, log } = this.#deps;
    if (!this.#journal.isOurs) {
      log.warn('the agent of an adopted journal lives and has it back', { agentId });
      return 'over';
    }
    if (this.#progress.marker !== marker) return this.#deliver(marker, goesOn);
    if (!this.#allEnded) {
      // Kept until the worker has closed what Redis lists: a flush before that would leave calls nobody closes. What ended between
      // `seen` and this answer lies behind `seen`, hence the next look.
      this.#allEnded = (await liveCalls.liveCallsOf(agentId, 1)).length === 0;
      return 'waits';
    }
    this.#progress.follow(this.#journal.last, seen);
    if (this.#progress.committed < this.#journal.last) return 'waits';
    if (!(await registry.ended(agentId, marker, true))) return 'waits';
    if (!this.#journal.remove()) {
      this.#progress.sentTo(null);
      return 'waits';
    }
    log.info('an adopted journal is in Postgres', { agentId });
    return 'over';
  }

  async #deliver(marker: string, goesOn: () => boolean): Promise<'more' | 'waits'> {
    const { registry, admission, agents, log } = this.#deps;
    const { agentId } = this.#journal;
    if (this.#resend?.marker !== marker) {
      const work = new JournalResend(this.#journal, admission, this.#progress.committed, Number.POSITIVE_INFINITY);
      this.#resend = { marker, work, unlisted: null };
    }
    const { work } = this.#resend;
    if (!(await work.work(goesOn))) return 'more';
    // Heard of in Redis it lives wherever its disk says it does not; one that was killed is not heard of much longer.
    const registered = (await agents.list()).find(({ id }) => id === agentId);
    if (registered?.alive === true) return 'waits';
    this.#resend.unlisted ??= await this.#findUnlisted(work.open);
    const left = await this.#close(this.#resend.unlisted, registered?.sign ?? null, goesOn);
    if (left !== 'none') return left;
    if (!(await registry.ended(agentId, marker, false))) return 'waits';
    this.#progress.sentTo(marker);
    this.#resend = null;
    this.#allEnded = false;
    log.info('an adopted journal was sent', { agentId, events: work.sent });
    return 'waits';
  }

  /** Calls that Redis still lists are closed by the worker, which also ends their legs; of the others nobody else knows. */
  async #findUnlisted(open: ReadonlyMap<string, readonly string[]>): Promise<Map<string, readonly string[]>> {
    const listed = await this.#deps.liveCalls.liveCallsOf(this.#journal.agentId, LISTED_MAX);
    const now = new Map(listed.map(({ callId, numberIds }) => [callId, numberIds]));
    const unlisted = [...new Map([...this.#listed, ...open])].filter(([callId]) => !now.has(callId));
    for (const [callId, numberIds] of now) this.#listed.set(callId, numberIds);
    return new Map(unlisted);
  }

  async #close(unlisted: Map<string, readonly string[]>, judged: string | null, goesOn: () => boolean): Promise<'none' | 'more' | 'waits'> {
    if (unlisted.size === 0) return 'none';
    const { lostCalls, clock, log } = this.#deps;
    const { agentId } = this.#journal;
    const endOf = (callId: string): EndedEvent => lost(callId, agentId, clock.now());
    while (unlisted.size > 0) {
      const calls = [...unlisted].slice(0, CLOSED_PER_TRIP).map(([callId, numberIds]) => ({ callId, numberIds }));
      if ((await lostCalls.closeUnlisted(agentId, judged, calls, endOf)) === 'changed') return 'waits';
      for (const { callId } of calls) unlisted.delete(callId);
      log.info('calls of an adopted journal were closed', { agentId, calls: calls.length });
      if (unlisted.size > 0 && !goesOn()) return 'more';
    }
    return 'none';
  }
}
