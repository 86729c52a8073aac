import type { Candidate } from '../domain/call.ts';
import type { AttemptEnd } from '../domain/failover.ts';
import type { MaybeOfCall } from '../domain/gateway-health.ts';

/** Who hears of attempts at gateways. */
export interface GatewayWatch {
  /** An INVITE is about to leave. */
  trying(candidate: Candidate): void;
  /** It came to its end; `call` is what was called there, and who chose that. */
  noted(candidate: Candidate, end: AttemptEnd, why: string, call: MaybeOfCall): void;
}
