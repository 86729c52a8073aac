import { createRequire } from 'node:module';
import { newSecret } from '../kit/ids.ts';
import { bounded } from '../kit/lifecycle.ts';
import { silentLogger } from '../kit/log.ts';
import { startEngine } from '../sip-engine/engine.ts';

// drachtio-srf is CommonJS and its typings do not describe it: the few calls used here are.
interface Leg {
  readonly id: string;
  on(event: 'destroy', listener: () => void): void;
  destroy(): Promise<unknown>;
}
interface Failure extends Error {
  readonly status?: number;
}
interface Library {
  on(event: 'connect' | 'error', listener: (error?: Error) => void): void;
  connect(options: object): void;
  disconnect(): void;
  invite(
    handler: (request: { readonly callingNumber: string; readonly calledNumber: string; readonly body: string }, response: object) => void,
  ): void;
  createUAS(request: object, response: object, options: { readonly localSdp: string }): Promise<Leg>;
  createUAC(uri: string, options: object): Promise<Leg>;
}
const Srf = createRequire(import.meta.url)('drachtio-srf') as new () => Library;

/** What one call of the demo came to. */
export interface PlacedCall {
  readonly status: number;
  readonly setupMs: number;
}

/** A SIP party of the demo: a telephone, or somebody's switch. Answers every call and hangs up when the other side does. */
export interface DemoPhone {
  readonly host: string;
  readonly port: number;
  /** Who called here so far: caller and called as the INVITE had them. */
  readonly received: { readonly from: string; readonly to: string }[];
  /** Calls `to` at the SIP server, stays `talkMs` and hangs up. */
  call(to: string, server: { readonly host: string; readonly port: number }, options: CallOptions): Promise<PlacedCall>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly from: string;
  readonly login?: { readonly username: string; readonly password: string };
  readonly talkMs: number;
}

const CALL_MS_MAX = 15_000;

const sdp = (host: string): string =>
  ['v=0', `o=demo 1 1 IN IP4 ${host}`, 's=demo', `c=IN IP4 ${host}`, 't=0 0', 'm=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', ''].join(
    '\r\n',
  );

/** Starts a party with a SIP engine of its own on a port the kernel chooses. */
export async function startDemoPhone(host: string): Promise<DemoPhone> {
  const controlSecret = newSecret(16);
  const engine = await startEngine({ sipHost: host, sipPort: 0, controlSecret, log: silentLogger });
  const srf = new Srf();
  const received: DemoPhone['received'] = [];
  await bounded(connected(srf, { ...engine.control, secret: controlSecret }), 5000, 'the demo phone');
  srf.invite((request, response) => {
    received.push({ from: request.callingNumber, to: request.calledNumber });
    srf.createUAS(request, response, { localSdp: sdp(host) }).catch(() => {});
  });
  return {
    host: engine.sip.host,
    port: engine.sip.port,
    received,
    async call(to, server, options) {
      const startedAt = performance.now();
      const at = `${server.host}:${server.port}`;
      const asked = {
        localSdp: sdp(host),
        headers: { From: `<sip:${options.from}@${at}>` },
        ...(options.login ? { auth: options.login } : {}),
      };
      try {
        const leg = await bounded(srf.createUAC(`sip:${to}@${at}`, asked), CALL_MS_MAX, 'the call');
        const setupMs = Math.round(performance.now() - startedAt);
        await new Promise((resolve) => setTimeout(resolve, options.talkMs));
        await leg?.destroy();
        return { status: 200, setupMs };
      } catch (error) {
        return { status: (error as Failure).status ?? 0, setupMs: Math.round(performance.now() - startedAt) };
      }
    },
    async stop() {
      srf.disconnect();
      await engine.stop();
    },
  };
}

function connected(srf: Library, server: object): Promise<void> {
  return new Promise((resolve, reject) => {
    srf.on('connect', (error) => (error ? reject(error) : resolve()));
    srf.on('error', () => {});
    srf.connect(server);
  });
}
