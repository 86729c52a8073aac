import { silentLogger } from '../../../src/kit/log.ts';
import { Tally } from '../../../src/sip-engine/counters.ts';
import { createCore } from '../../../src/sip-engine/create-core.ts';
import type { Application } from '../../../src/sip-engine/dialog/application.ts';
import type { Core } from '../../../src/sip-engine/dialog/core.ts';
import { defaultMessageLimits } from '../../../src/sip-engine/message/message-limits.ts';
import { parseDatagram } from '../../../src/sip-engine/message/parse-message.ts';
import { defaultLimits } from '../../../src/sip-engine/settings.ts';
import type { Peer } from '../../../src/sip-engine/transport/peer.ts';
import type { TransportLayer } from '../../../src/sip-engine/transport/transport-layer.ts';
import type { EngineScheduler, VirtualClock } from './virtual-clock.ts';
import type { VirtualNetwork } from './virtual-network.ts';

/** The engine's layers from transactions up, as they are, on a clock and a network that a test controls. */
export interface VirtualEngine {
  readonly core: Core;
  /** Its application, or who finds one for each new request. */
  serve(app: Application | (() => Application)): void;
  /** Names and sizes of the tables that are not empty. */
  left(): string[];
  /** What it reported as broken. */
  readonly faults: string[];
  readonly scheduler: EngineScheduler;
}

const PORT = 5060;
const UNLIMITED = { sourceRequestsPerSecond: 1e9, newRequestsPerSecond: 1e9, refusalsPerSecond: 1e9, failedTargetMs: 0 };

/** Starts an engine at `address`, port 5060, on UDP and TCP. */
export async function virtualEngine(address: string, clock: VirtualClock, network: VirtualNetwork): Promise<VirtualEngine> {
  const faults: string[] = [];
  let served: (() => Application) | undefined;
  const options = {
    controlSecret: '',
    scanners: [],
    log: { ...silentLogger, error: (text: string, facts?: object) => void faults.push(`${text} ${JSON.stringify(facts)}`) },
  };
  const startTransport: typeof TransportLayer.start = async (_settings, _limits, { message }) => {
    network.join(address, (bytes, from, reliable) => {
      const parsed = parseDatagram(bytes, defaultMessageLimits);
      if (parsed.kind === 'message') message(parsed, { protocol: reliable ? 'tcp' : 'udp', address: from, port: PORT });
    });
    const layer: Partial<TransportLayer> = {
      listeners: [],
      send: (bytes: Buffer, to: Peer) => network.send(bytes, address, to.address, to.protocol === 'tcp'),
      localFor: () => ({ host: address, port: PORT }),
      reaches: () => true,
      webSocketTo: (peer: Peer) => peer,
      flowTo: () => undefined,
      isSelf: (peer: Peer) => peer.address === address,
      unanswered: () => {},
    };
    return layer as TransportLayer;
  };
  const scheduler = clock.scheduler();
  const world = { scheduler, startTransport };
  const { core } = await createCore(options, { ...defaultLimits, ...UNLIMITED }, new Tally(), { pick: () => served?.() }, world);
  return {
    core,
    faults,
    scheduler,
    serve: (app) => {
      served = typeof app === 'function' ? app : () => app;
    },
    left: () => {
      const { transactions, dialogs, work, invites, reserved, subscribing, notes, merged } = core;
      const sizes = { transactions, dialogs, work, invites, reserved, subscribing, notes, merged, timers: scheduler };
      return Object.entries(sizes).flatMap(([name, { size }]) => (size === 0 ? [] : [`${name} ${size}`]));
    },
  };
}
