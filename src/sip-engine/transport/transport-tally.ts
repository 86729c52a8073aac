import type { Protocol } from '../../kit/sip-names/sip-transport.ts';
import type { RefusalReason } from './accept-streams.ts';
import type { CloseReason } from './connection.ts';

/** What is counted of connections: opened either way, refused, closed, each with its reason. */
export type ConnectionEvent = 'accepted' | 'opened' | 'reused_lost' | `refused_${RefusalReason}` | `closed_${CloseReason}`;

/** Counts events of connections by transport; both label sets are fixed. */
export class TransportTally {
  /** By `transport|event`. */
  readonly counts = new Map<string, number>();

  count(protocol: Protocol, event: ConnectionEvent): void {
    const key = `${protocol}|${event}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}
