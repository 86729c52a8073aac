import type { Candidate } from '../domain/call.ts';
import type { AttemptEnd } from '../domain/failover.ts';

/** Who hears of attempts at gateways. */
export interface GatewayWatch {
  /** An INVITE is about to leave. */
  trying(candidate: Candidate): void;
  /** It came to its end; `called` is what it called there. */
  noted(candidate: Candidate, end: AttemptEnd, why: string, called: string): void;
}
