import { setTimeout as delay } from 'node:timers/promises';
import type { JournalDelivery } from '../app/calls/deliver-journal.ts';
import type { JournalMark } from '../app/calls/journal-mark.ts';
import type { AgentRegistry } from '../app/ports/routing.ts';
import type { Logger } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { BanGuard } from './ban-guard.ts';

export interface AgentPulseDeps {
  readonly agentId: string;
  /** On a connection of its own: what else this agent asks of Redis must not keep a sign of life waiting. */
  readonly registry: Pick<AgentRegistry, 'heartbeat'>;
  readonly delivery: JournalDelivery;
  readonly mark: JournalMark;
  readonly bans: Pick<BanGuard, 'look'>;
  /** What the agent says of itself while Redis answers, or does not. */
  readonly facts: (answers: boolean) => Parameters<AgentRegistry['heartbeat']>[1];
  /** Somebody may have taken this agent for dead and let go of what it holds. */
  readonly onMissed: () => void;
  readonly intervalMs: number;
  readonly log: Logger;
}

/** A sign of life that did not arrive is not waited for as long as the next would be. */
const RETRY_MS_MAX = 250;

/**
 * What an agent does all the time, in loops that do not wait for each other: signs of life in Redis, those on its disk, and the delivery
 * of its journal with the looks that go with it. However long that takes, a busy agent must not look dead (ADR 29).
 */
export class AgentPulse {
  readonly #deps: AgentPulseDeps;
  readonly #heartbeat: Loop;
  readonly #delivery: Loop;
  readonly #mark: Loop;
  #run: string | null = null;
  #beats = true;
  #answered = true;

  constructor(deps: AgentPulseDeps) {
    const { intervalMs, mark, log } = deps;
    this.#deps = deps;
    this.#heartbeat = startLoop({ name: 'agent heartbeat', run: (signal) => this.#beat(signal), intervalMs, log });
    this.#delivery = startLoop({ name: 'journal delivery', run: () => this.#deliver(), intervalMs, log });
    const run = async (): Promise<boolean> => {
      mark.mark();
      return false;
    };
    this.#mark = startLoop({ name: 'journal mark', run, intervalMs, log });
  }

  /** Redis takes signs of life, and answers where calls are asked for. */
  get planeAnswers(): boolean {
    return this.#beats && this.#deps.delivery.answers;
  }

  /** One sign of life now. Throws when Redis does not answer. */
  async announce(): Promise<void> {
    const { agentId, registry, facts, onMissed, log } = this.#deps;
    const run = await registry.heartbeat(agentId, facts(this.planeAnswers));
    if (run === this.#run) return;
    if (this.#run !== null) log.warn('this agent was silent for so long that its calls may have been let go of');
    this.#run = run;
    onMissed();
    this.#delivery.wake();
  }

  /** Ends the delivery and the marks on the disk; signs of life in Redis go on. */
  async stopDelivering(): Promise<void> {
    await this.#mark.stop();
    await this.#delivery.stop();
  }

  async stop(): Promise<void> {
    await this.stopDelivering();
    await this.#heartbeat.stop();
  }

  async #beat(signal: AbortSignal): Promise<boolean> {
    const { intervalMs } = this.#deps;
    try {
      await this.announce();
      this.#beats = true;
      this.#tell(null);
      return false;
    } catch (error) {
      this.#beats = false;
      this.#tell(error);
      await delay(Math.min(intervalMs, RETRY_MS_MAX), undefined, { signal }).catch(() => undefined);
      return true;
    }
  }

  async #deliver(): Promise<boolean> {
    const { delivery, bans, log } = this.#deps;
    // Neither stops the other.
    const looked = bans.look().catch((error: unknown) => log.warn('the SIP bans cannot be read', { error: String(error) }));
    const more = await delivery.round().catch((error: unknown) => {
      this.#tell(error);
      if (delivery.answers) log.warn('the journal waits', { error: String(error) });
      return false;
    });
    await looked;
    this.#tell(null);
    return more;
  }

  /** Says once that Redis is away, and once that it is back. */
  #tell(error: unknown): void {
    const answers = this.planeAnswers;
    if (answers === this.#answered) return;
    this.#answered = answers;
    if (answers) this.#deps.log.info('the routing plane answers again');
    else this.#deps.log.error('the routing plane does not answer', { error: String(error) });
  }
}
