import type { Candidate } from '../../domain/call.ts';
import type { AttemptEnd } from '../../domain/failover.ts';
import { DEFAULT_HEALTH, healthOf, isGoodPing, type MaybeOfCall, maybeOfCall, type UnwellGateway } from '../../domain/gateway-health.ts';
import type { HealthRules } from '../../domain/gateway-terms.ts';
import type { Logger } from '../../kit/log.ts';
import type { GatewayHealthStore, GatewayState, HealthNote } from '../ports/gateway-health.ts';

/** What keeping the health of gateways needs. */
export interface GatewayHealthDeps {
  readonly store: GatewayHealthStore;
  readonly log: Logger;
}

const SEEN_MAX = 5000;

interface Named {
  readonly gatewayId: string;
  readonly trunkGroupId: string;
}

/**
 * This agent's view of how gateways are: its own copy of what all agents found, so that a decision costs no trip, and what its calls find
 * on the way back. Who is well and has not failed lately costs nothing at all.
 */
export class GatewayHealth {
  readonly #deps: GatewayHealthDeps;
  readonly #states = new Map<string, GatewayState>();
  /** Gateways that a call of this agent may try although they are down. */
  readonly #trials = new Set<string>();
  /** Failures noted since the copy was read: a good call has to undo them. */
  readonly #failing = new Set<string>();
  readonly #seen = new Map<string, Named>();
  #version: string | null = null;
  #unwell: readonly UnwellGateway[] = [];

  constructor(deps: GatewayHealthDeps) {
    this.#deps = deps;
  }

  /** Who is not well, for the facts of a call; the same list until something changes. */
  get unwell(): readonly UnwellGateway[] {
    return this.#unwell;
  }

  /** Every gateway that calls or pings met, and whether it is up. */
  get known(): readonly (Named & { readonly up: boolean })[] {
    const all = new Map<string, Named>([...this.#seen, ...this.#states]);
    return [...all.values()].map(({ gatewayId, trunkGroupId }) => ({
      gatewayId,
      trunkGroupId,
      up: this.#states.get(gatewayId)?.state !== 'down',
    }));
  }

  /** What all agents found of gateways, as last read. */
  get stored(): readonly GatewayState[] {
    return [...this.#states.values()];
  }

  /** Reads what moved, and takes the trials that are due. */
  async refresh(): Promise<void> {
    const { store } = this.#deps;
    const { version, now, states } = await store.read(this.#version);
    if (states !== null) {
      this.#version = version;
      this.#states.clear();
      this.#failing.clear();
      for (const state of states) this.#states.set(state.gatewayId, state);
      for (const id of this.#trials) if (this.#states.get(id)?.state !== 'down') this.#trials.delete(id);
    }
    const due = [...this.#states.values()].filter((state) => isTrialDue(state, now) && !this.#trials.has(state.gatewayId));
    for (const { gatewayId } of due) if (await store.takeTrial(gatewayId)) this.#trials.add(gatewayId);
    if (states !== null || due.length > 0) this.#list();
  }

  /** An INVITE is about to leave for a candidate: its trial is used up. */
  trying({ gatewayId }: Pick<Candidate, 'gatewayId'>): void {
    if (gatewayId !== null && this.#trials.delete(gatewayId)) this.#list();
  }

  /** The attempt of a call at a candidate came to its end; `why` says what an unreachable one was. */
  noted({ gatewayId, trunkGroupId, terms }: Candidate, end: AttemptEnd, why: string, call: MaybeOfCall): void {
    if (gatewayId === null || trunkGroupId === null) return;
    this.#see({ gatewayId, trunkGroupId });
    const rules = terms?.health ?? {};
    const found = healthOf(end, why, rules);
    if (found === null || (found === 'good' && this.#isWell(gatewayId))) return;
    const text = end.outcome === 'failed' ? String(end.sipStatus) : end.outcome === 'unreachable' ? 'no_address' : end.outcome;
    const told = { from: 'call', isGood: found === 'good', why: text, ofCall: maybeOfCall(end, call) } as const;
    void this.#note({ gatewayId, trunkGroupId, ...told, ...limitsOf(rules) });
  }

  /** An OPTIONS was answered; `status` null: it was not. */
  pinged(gateway: Named, rules: HealthRules, status: number | null): Promise<void> {
    this.#see(gateway);
    const why = status === null ? 'no_response' : String(status);
    return this.#note({ ...gateway, from: 'ping', isGood: isGoodPing(status, rules), why, ofCall: null, ...limitsOf(rules) });
  }

  #isWell(gatewayId: string): boolean {
    const state = this.#states.get(gatewayId);
    return !this.#failing.has(gatewayId) && (state === undefined || (state.state === 'up' && state.failures === 0));
  }

  async #note(note: HealthNote): Promise<void> {
    const { store, log } = this.#deps;
    const { gatewayId, trunkGroupId, from, why, isGood } = note;
    if (isGood) this.#failing.delete(gatewayId);
    else this.#failing.add(gatewayId);
    try {
      const changed = await store.note(note);
      if (changed === null) return;
      log.warn(`a gateway is ${changed}`, { trunkGroupId, gatewayId, from, why });
      await this.refresh();
    } catch (error) {
      log.debug('the health of a gateway could not be noted', { gatewayId, error: String(error) });
    }
  }

  #see(gateway: Named): void {
    if (this.#seen.size < SEEN_MAX) this.#seen.set(gateway.gatewayId, { gatewayId: gateway.gatewayId, trunkGroupId: gateway.trunkGroupId });
  }

  #list(): void {
    this.#unwell = unwellOf([...this.#states.values()], this.#trials);
  }
}

/** The facts of a decision from the states of gateways. */
export const unwellOf = (states: readonly GatewayState[], trials: ReadonlySet<string> = new Set()): readonly UnwellGateway[] =>
  states
    .filter(({ state }) => state === 'down')
    .map(({ gatewayId, why }) => ({ gatewayId, state: trials.has(gatewayId) ? ('half_open' as const) : ('down' as const), why }));

const isTrialDue = ({ state, by, retryMs, triedAt, lastFailureAt }: GatewayState, now: number): boolean =>
  state === 'down' && by === 'call' && now - Math.max(triedAt, lastFailureAt ?? 0) >= retryMs;

const limitsOf = ({ downAfter, upAfter, retryMs }: HealthRules) => ({
  downAfter: downAfter ?? DEFAULT_HEALTH.downAfter,
  upAfter: upAfter ?? DEFAULT_HEALTH.upAfter,
  retryMs: retryMs ?? DEFAULT_HEALTH.retryMs,
});
