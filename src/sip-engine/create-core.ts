import { createHmac } from 'node:crypto';
import type { Logger } from '../kit/log.ts';
import { FailedTargets } from '../kit/sip-names/failed-targets.ts';
import { Resolver } from '../kit/sip-names/resolver.ts';
import type { Tally } from './counters.ts';
import { createOperator, type Operator } from './create-operator.ts';
import { allowHeader, answerStatelessly, retryAfter } from './dialog/answer.ts';
import type { ApplicationDirectory } from './dialog/application.ts';
import type { Core } from './dialog/core.ts';
import { DialogTable } from './dialog/dialog.ts';
import { receiveAck } from './dialog/receive-ack.ts';
import { receiveRequest } from './dialog/receive-request.ts';
import { SESSION_SECONDS_MIN } from './dialog/session-timer.ts';
import type { EngineOptions } from './engine.ts';
import { type RequestView, readCommon } from './message/read-request.ts';
import type { SipHeader } from './message/sip-message.ts';
import { loopbackOf, QueueProbe } from './overload/queue-probe.ts';
import { Screen } from './overload/screen.ts';
import { relayOf } from './proxy/relay-in-dialog.ts';
import { type EngineLimits, SCANNERS } from './settings.ts';
import type { Scheduler } from './transaction/scheduler.ts';
import { completeTimers } from './transaction/sip-timers.ts';
import { TimerWheel } from './transaction/timer-wheel.ts';
import type { Outgoing } from './transaction/transaction-deps.ts';
import { TransactionLayer, type TransactionUser } from './transaction/transaction-layer.ts';
import type { Peer } from './transport/peer.ts';
import { TransportLayer } from './transport/transport-layer.ts';
import { transportSettings } from './transport-options.ts';

/** In-dialog requests may fill the table this far beyond its bound, so that calls can still be ended. */
const IN_DIALOG_FACTOR = 1.25;

/** The layers of one engine, wired. */
export interface Built {
  readonly core: Core;
  readonly transport: TransportLayer;
  readonly operator: Operator;
  stop(): Promise<void>;
}

/** Clock and network of an engine; tests give their own. */
export interface World {
  readonly scheduler: Scheduler & { stop(): void };
  readonly startTransport: typeof TransportLayer.start;
}

const realWorld = (log: Logger): World => ({
  scheduler: new TimerWheel((error) => log.error('timer failed', { error: String(error) })),
  startTransport: (...given) => TransportLayer.start(...given),
});

/** Binds the SIP port and wires transport, transactions and dialogs together. */
export async function createCore(
  options: EngineOptions,
  limits: EngineLimits,
  tally: Tally,
  directory: ApplicationDirectory,
  world: World = realWorld(options.log),
): Promise<Built> {
  const { log } = options;
  const { scheduler } = world;
  const timers = completeTimers(options.timers);
  let probe: QueueProbe | undefined;
  const operator = createOperator(options, limits, {
    drop: (reason) => tally.drop(reason),
    listenerFor: (peer) => transport.listenerFor(peer),
    isOfCall: (request) => {
      const read = readCommon(request);
      // As the screen has it: a call that is being made has no dialog here yet, and one that is passed on never has.
      return read.ok && (read.value.toTag !== '' || request.method === 'CANCEL' || request.method === 'ACK');
    },
  });
  const transport: TransportLayer = await world.startTransport(transportSettings(options), limits, {
    drop: (reason) => tally.drop(reason),
    warn: (text, facts) => log.warn(text, facts),
    short: (bytes) => void probe?.received(bytes),
    banned: (address) => operator.bans.has(address),
    message: (parsed, from) => {
      // Whatever a peer sends, the engine goes on.
      try {
        if (operator.takes(parsed, from)) core.transactions.receive(parsed, from);
      } catch (error) {
        tally.drop('internal_error');
        log.error('message failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    },
  });
  const datagrams = transport.listeners.find(({ protocol }) => protocol === 'udp');
  if (datagrams !== undefined)
    probe = new QueueProbe({ address: loopbackOf(datagrams.host), port: datagrams.port }, limits.queueDelayMsMax);
  const send = (message: Outgoing, to: Peer, failed?: (why: string) => void): void => {
    tally.message('out', to.protocol, message.method, message.status);
    operator.sent(message, to);
    transport.send(message.bytes, to, failed);
  };
  const retransmitted = (): void => {
    tally.retransmissions += 1;
  };
  const unanswered = (to: Peer): void => {
    tally.timeouts += 1;
    transport.unanswered(to);
  };
  const screen = new Screen(limits, options.scanners ?? SCANNERS, () => probe?.isBehind === true);
  const transactions: TransactionLayer = new TransactionLayer(
    { scheduler, timers, send, retransmitted, unanswered: (to) => unanswered(to) },
    transactionUser(() => core, screen, options.scannersGet ?? 'silence'),
  );
  const core: Core = {
    transactions,
    resolver: new Resolver(limits, { servers: options.dnsServers, reaches: (protocol, family) => transport.reaches(protocol, family) }),
    scheduler,
    timers,
    limits,
    tally,
    log,
    nat: options.nat ?? 'private',
    silentInvites: options.silentInvites ?? 'answer',
    draining: false,
    sessions: {
      seconds: options.sessionExpiresS ?? 0,
      minSeconds: Math.max(options.minSeS ?? 0, SESSION_SECONDS_MIN),
      secondMs: timers.sessionSecondMs,
    },
    directory,
    dialogs: new DialogTable(),
    work: new Map(),
    invites: new Map(),
    reserved: new Map(),
    subscribing: new Map(),
    notes: new Map(),
    merged: new Map(),
    relay: relayOf(() => core),
    proxying: new Set(),
    // The same after a restart: calls that were passed on do not end with us.
    proxySecret: createHmac('sha256', options.controlSecret).update('record-route').digest(),
    failedTargets: new FailedTargets(limits.failedTargetMs),
    localFor: (peer) => transport.localFor(peer),
    reaches: (protocol, address) => transport.reaches(protocol, address.includes(':') ? 6 : 4),
    webSocketTo: (peer) => transport.webSocketTo(peer),
    flowTo: (protocols, address, port, ageMs) => transport.flowTo(protocols, address, port, ageMs),
    udpListenerFor: (mark, address) => transport.udpListenerFor(mark, address),
    isSelf: (peer) => transport.isSelf(peer),
    send,
  };
  return {
    core,
    transport,
    operator,
    stop: async () => {
      transactions.stop();
      scheduler.stop();
      probe?.stop();
      operator.stop();
      await transport.stop();
    },
  };
}

function misfitHeaders(status: number): readonly SipHeader[] {
  if (status === 503) return [retryAfter()];
  return status === 501 ? [allowHeader] : [];
}

/** What belongs to a dialog, or ends something, finds room when new calls do not. */
function hasRoom({ transactions, dialogs, limits }: Core, view: RequestView): boolean {
  if (view.toTag !== '' || view.message.method === 'CANCEL') return transactions.size < IN_DIALOG_FACTOR * limits.transactionsMax;
  return transactions.size < limits.transactionsMax && dialogs.size < limits.dialogsMax;
}

function transactionUser(core: () => Core, screen: Screen, scannersGet: 'silence' | 603): TransactionUser {
  return {
    request: (view, transaction, from) => receiveRequest(core(), { view, transaction, from }),
    acknowledgement: (view, from) => receiveAck(core(), view, from),
    misfit: (request, misfit, from) => {
      if (misfit.status !== 503) core().tally.drop('misfit');
      answerStatelessly(core(), request, from, misfit.status, misfit.reason, misfitHeaders(misfit.status));
    },
    strayResponse: () => core().tally.drop('stray_response'),
    repeatedAfterAccept: (transaction) => core().notes.get(transaction)?.repeatAnswer?.(),
    ended: (transaction) => forget(core(), transaction),
    admits: (view, from) => {
      const { tally } = core();
      if (!hasRoom(core(), view)) {
        tally.drop('overload');
        return 'refuse';
      }
      const verdict = screen.judge(view, from);
      if (verdict.kind !== 'take') tally.drop(verdict.why);
      if (verdict.kind === 'ignore' && verdict.why === 'scanner' && scannersGet === 603)
        answerStatelessly(core(), view.message, from, 603, 'Decline');
      return verdict.kind;
    },
    received: (method, status, from) => core().tally.message('in', from.protocol, method, status),
    drop: (reason) => core().tally.drop(reason),
  };
}

function forget(core: Core, transaction: Parameters<TransactionUser['ended']>[0]): void {
  const note = core.notes.get(transaction);
  core.notes.delete(transaction);
  if (note?.mergeKey !== undefined && core.merged.get(note.mergeKey) === transaction) core.merged.delete(note.mergeKey);
}
