import type { MaybeOfCall } from '../../domain/gateway-health.ts';
import type { ToldGateway } from '../../domain/gateway-news.ts';

/** One result of a gateway: of a call, or of an OPTIONS. */
export interface HealthNote {
  readonly gatewayId: string;
  readonly trunkGroupId: string;
  readonly from: 'call' | 'ping';
  readonly isGood: boolean;
  /** A status, `no_response`, `no_address`. */
  readonly why: string;
  /** The call, where the failure may be its own and not the gateway's; null: it is the gateway's. */
  readonly ofCall: MaybeOfCall | null;
  readonly downAfter: number;
  readonly upAfter: number;
  readonly retryMs: number;
}

/** What all agents know of one gateway; times in ms of Redis' clock. */
export interface GatewayState {
  readonly gatewayId: string;
  readonly trunkGroupId: string;
  readonly state: 'up' | 'down';
  /** Since when it is so. */
  readonly since: number;
  /** What brought it down. */
  readonly by: 'call' | 'ping';
  readonly failures: number;
  readonly lastFailureAt: number | null;
  readonly why: string;
  readonly pingedAt: number | null;
  readonly pingedWith: string | null;
  /** So long after the last failure or trial one call may try a gateway that calls brought down. */
  readonly retryMs: number;
  readonly triedAt: number;
}

/** Where we stand as a client of one carrier's registrar. */
export interface RegistrationState {
  readonly gatewayId: string;
  readonly trunkGroupId: string;
  readonly state: 'registered' | 'failed';
  readonly status: string;
  readonly at: number;
  /** Until when the registrar keeps it. */
  readonly expiresAt: number;
}

/** The health of gateways, shared by all agents and kept in Redis. */
export interface GatewayHealthStore {
  /** Counts a result; resolves with the new state where it changed to that. */
  note(note: HealthNote): Promise<'up' | 'down' | null>;
  /** What is known, where it moved since `version`; null: it did not. `now` is Redis' clock. */
  read(
    version: string | null,
  ): Promise<{ readonly version: string; readonly now: number; readonly states: readonly GatewayState[] | null }>;
  /** Takes the one trial that is due for a gateway that is down. */
  takeTrial(gatewayId: string): Promise<boolean>;
  /** Whether this agent is the one that looks after gateways between calls, for the next `ms`. */
  lead(agentId: string, ms: number): Promise<boolean>;
  resign(agentId: string): Promise<void>;
  /** Forgets gateways that are no more. */
  forget(gatewayIds: readonly string[]): Promise<void>;
  saveRegistration(state: RegistrationState): Promise<void>;
  registrations(): Promise<readonly RegistrationState[]>;
}

/** Gateways as subscribers were told of them last. */
export interface GatewayStateStore {
  list(): Promise<readonly ToldGateway[]>;
  /** Notes that one is told of now; false: somebody has told the same. */
  save(told: ToldGateway): Promise<boolean>;
  remove(gatewayId: string): Promise<void>;
}
