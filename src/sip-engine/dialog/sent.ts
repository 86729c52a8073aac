import type { Result } from '../../kit/result.ts';
import type { Peer } from '../transport/peer.ts';

/** A message an application had sent: what the control protocol tells it about it. */
export interface Sent {
  /** Exactly what left. */
  readonly bytes: Buffer;
  readonly peer: Peer;
  readonly txnId: string;
  readonly dialogId: string;
  readonly response: boolean;
}

/** Tells the application how its command went: what was sent, or why not. Called exactly once, maybe later. */
export type Reply = (result: Result<Sent, string>) => void;
