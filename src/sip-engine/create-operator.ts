import type { OperatorParts } from './control/operator-commands.ts';
import type { OperatorCounters } from './counters.ts';
import type { EngineOptions } from './engine.ts';
import type { Parsed } from './message/parse-message.ts';
import type { SipRequest } from './message/sip-message.ts';
import { BanList } from './overload/ban-list.ts';
import type { EngineLimits } from './settings.ts';
import { HepExporter } from './trace/hep-exporter.ts';
import { MessageTap } from './trace/message-tap.ts';
import { TraceRing } from './trace/trace-ring.ts';
import type { Outgoing } from './transaction/transaction-deps.ts';
import type { Listener } from './transport/listener.ts';
import type { Peer } from './transport/peer.ts';

/** What the operator's parts ask of the engine. */
export interface OperatorDeps {
  drop(reason: string): void;
  listenerFor(peer: Peer): Listener | undefined;
  /** True for a request that goes on with something or ends it, and not for one that begins anything. */
  isOfCall(request: SipRequest): boolean;
}

/** Trace, capture and bans: what looks at messages on their way and belongs to no call. */
export interface Operator extends OperatorParts {
  /** Looks at a message that came in; false: nobody hears it. */
  takes(parsed: Parsed & { kind: 'message' }, from: Peer): boolean;
  sent(message: Outgoing, to: Peer): void;
  counters(): OperatorCounters;
  stop(): void;
}

/** Throws when the collector's address is none. */
export function createOperator(options: EngineOptions, limits: EngineLimits, deps: OperatorDeps): Operator {
  const bans = new BanList();
  const ring = limits.traceBytesMax === 0 || limits.traceMessagesMax === 0 ? undefined : new TraceRing(limits);
  const hep = options.hep === undefined ? undefined : new HepExporter(options.hep, (why) => deps.drop(why));
  const tap = new MessageTap({ ring, hep, listenerFor: (peer) => deps.listenerFor(peer) });
  return {
    bans,
    ring,
    takes: ({ message, bytes }, from) => {
      // What a banned source says in a call is heard, or it could not be ended, and so are its answers: they are to what we asked.
      if (message.kind === 'request' && bans.has(from.address) && !deps.isOfCall(message)) {
        deps.drop('banned');
        return false;
      }
      tap.received(message, bytes, from);
      return true;
    },
    sent: ({ method, status, bytes }, to) => tap.sent(method, status, bytes, to),
    counters: () => ({ traced: ring?.messages ?? 0, untraced: ring?.dropped ?? 0, captured: hep?.sent ?? 0, bans: bans.size }),
    stop: () => hep?.stop(),
  };
}
