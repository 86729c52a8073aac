import type { Logger } from '../../kit/log.ts';
import type { FailedTargets } from '../../kit/sip-names/failed-targets.ts';
import type { Resolver } from '../../kit/sip-names/resolver.ts';
import type { Protocol } from '../../kit/sip-names/sip-transport.ts';
import type { Tally } from '../counters.ts';
import type { RequestView } from '../message/read-request.ts';
import type { EngineLimits, NatPolicy, SessionSettings, SilentInvites } from '../settings.ts';
import type { Scheduler } from '../transaction/scheduler.ts';
import type { SipTimers } from '../transaction/sip-timers.ts';
import type { Outgoing } from '../transaction/transaction-deps.ts';
import type { ServerTransaction, TransactionLayer } from '../transaction/transaction-layer.ts';
import type { Listener, SentBy } from '../transport/listener.ts';
import type { Peer } from '../transport/peer.ts';
import type { ApplicationDirectory } from './application.ts';
import type { ClientInvite } from './client-invite.ts';
import type { Dialog, DialogTable } from './dialog.ts';
import type { Incoming } from './incoming.ts';
import type { ServerWork } from './server-work.ts';

/** What remains known of a server transaction while it is in the table. */
export interface TransactionNote {
  /** Call-ID, From tag and CSeq of a request outside dialogs, to notice merged requests (RFC 3261 §8.2.2.2). */
  readonly mergeKey: string | undefined;
  work: ServerWork | undefined;
  /** Sends our 2xx once more. */
  repeatAnswer: (() => void) | undefined;
  /** Takes the CANCEL of a request that is passed on. */
  cancelled: ((cancel: RequestView) => void) | undefined;
}

/** Passes on what is part of other people's dialogs; false when it is not. */
export interface Relay {
  request(incoming: Incoming): boolean;
  acknowledgement(view: RequestView, from: Peer): boolean;
}

/** Everything the dialog layer works on. */
export interface Core {
  readonly transactions: TransactionLayer;
  readonly resolver: Resolver;
  readonly scheduler: Scheduler;
  readonly timers: SipTimers;
  readonly limits: EngineLimits;
  readonly tally: Tally;
  readonly log: Logger;
  readonly nat: NatPolicy;
  readonly silentInvites: SilentInvites;
  readonly sessions: SessionSettings;
  /** New requests get 503: what there is lives to its end. */
  draining: boolean;
  readonly directory: ApplicationDirectory;
  readonly dialogs: DialogTable;
  /** Requests applications have to answer, by transaction id. */
  readonly work: Map<string, ServerWork>;
  /** INVITEs of applications, by transaction id, until their transaction ends. */
  readonly invites: Map<string, ClientInvite>;
  /** Dialog ids that an unanswered first INVITE or SUBSCRIBE of either side will use. */
  readonly reserved: Map<string, ServerWork | ClientInvite>;
  /** SUBSCRIBEs of applications without an answer yet: makes the dialog from a NOTIFY that comes first. */
  readonly subscribing: Map<string, (notify: RequestView) => Dialog | undefined>;
  readonly notes: Map<ServerTransaction, TransactionNote>;
  readonly merged: Map<string, ServerTransaction>;
  readonly relay: Relay;
  /** Requests that are passed on and have no final answer yet. */
  readonly proxying: Set<{ abandon(): void }>;
  /** What our Record-Route is signed with. */
  readonly proxySecret: Buffer;
  /** Targets that did not answer lately. */
  readonly failedTargets: FailedTargets;
  /** How that peer is told to reach us: the listener that messages to it leave by. */
  localFor(peer: Peer): SentBy;
  /** True when we can send by that transport to such an address. */
  reaches(protocol: Protocol, address: string): boolean;
  /** The stream by which that WebSocket peer is connected, if it is. */
  webSocketTo(peer: Peer): Peer;
  /** The peer of an open stream of one of these transports that is at least `ageMs` old, whoever opened it. */
  flowTo(protocols: readonly Protocol[], address: string, port: number, ageMs: number): Peer | undefined;
  /** The UDP listener which that peer is told of by this mark, if there is one. */
  udpListenerFor(mark: string, address: string): Listener | undefined;
  /** True when this is one of our own listening addresses. */
  isSelf(peer: Peer): boolean;
  /** Sends one message without a transaction. */
  send(message: Outgoing, to: Peer, failed?: (why: string) => void): void;
}
