import type { AuthFact, CallRequest } from '../../domain/call.ts';
import type { CallOrigin } from '../../domain/call-event.ts';
import type { CredentialRecord, RecordRef } from '../../domain/records.ts';
import type { SourceToken } from '../../domain/source-marks.ts';

/** What an INVITE said, before anything was looked up. */
export type CallFacts = Omit<CallRequest, 'callId' | 'at' | 'sources' | 'auth' | 'crowded'>;

/** What looking at the digest gave, and the use of its nonce that admission must count (decision C14). */
export interface AuthCheck {
  readonly fact: AuthFact;
  readonly nonce: { readonly id: string; readonly count: number; readonly ttlSeconds: number } | null;
}

/** A digest answer that came with the call; checked anew whenever the credential record turns out to be newer. */
export interface CallerAuthentication {
  readonly credential: RecordRef;
  check(record: CredentialRecord | null): AuthCheck;
}

/** One new call as the SIP side hands it over. */
export interface IncomingCall {
  readonly facts: CallFacts;
  readonly origin: CallOrigin;
  readonly authentication: CallerAuthentication | null;
  /** True when this called number was already tried on the way here (decision C16). */
  loops(called: string): boolean;
  /** Whether the request bears the token of a group; absent: it bears none. */
  bears?(token: SourceToken): boolean;
  /** Lets the caller know that the call is taken care of although nothing happens yet. */
  keepWaiting?(): void;
}
