import { silentLogger } from '../../../src/kit/log.ts';
import { dnsServer } from '../support/dns-server.ts';
import { Dice } from '../support/random.ts';
import { SDP } from '../support/sip-text.ts';
import { type Srf, setStage, until } from '../support/stage.ts';
import { hostilePeer } from './hostile-peer.ts';
import { ControlStreams, SipStreams } from './hostile-streams.ts';

/** What a run came to. */
export interface FuzzResult {
  readonly datagrams: number;
  /** Messages written to TCP streams, and streams opened for them. */
  readonly streamed: number;
  readonly streams: number;
  /** Frames written to the control port behind the right secret, and connections opened for them. */
  readonly frames: number;
  readonly applications: number;
  /** Errors the engine caught: a crash of the process ends the run. */
  readonly crashes: readonly string[];
  /** Transactions, dialogs, pending requests and timers in its tables once all was over. */
  readonly left: number;
  readonly seed: number;
  readonly received: number;
}

/** One line for a log. */
export const fuzzSummary = (result: FuzzResult): string =>
  `datagrams ${result.datagrams}, stream messages ${result.streamed} (${result.streams} streams), control frames ${result.frames} ` +
  `(${result.applications} connections), received ${result.received}, crashes ${result.crashes.length}, entries left ${result.left}, seed ${result.seed}`;

const BATCH = 40;
/** Each call that comes about is ended by its application, so that what is left was forgotten. */
const CALL_MS = 300;

/**
 * Sends mangled SIP over UDP and TCP and mangled commands to an engine with applications, and looks at what is left of it.
 * `progress` hears how many have gone, and ends the sending by saying false.
 */
export async function runFuzz(datagrams: number, seed: number, progress: (done: number) => boolean = () => true): Promise<FuzzResult> {
  const dice = new Dice(seed);
  const names = await dnsServer({});
  const crashes: string[] = [];
  const stage = await setStage({
    timers: { applicationSilenceMs: 200, applicationRequestMs: 100, applicationFinalMs: 300, proceedingTimeoutMs: 1000 },
    // All of it has to be looked at.
    limits: {
      sourceRequestsPerSecond: 1e9,
      newRequestsPerSecond: 1e9,
      refusalsPerSecond: 1e9,
      tcpMessageMs: 1000,
      tcpIdleMs: 2000,
      queueDelayMsMax: 1e9,
    },
    scanners: [],
    dnsServers: [names.address],
    log: { ...silentLogger, error: (text: string, facts?: object) => void crashes.push(`${text} ${JSON.stringify(facts)}`) },
  });
  const peer = await hostilePeer(dice);
  peer.engine = stage.engine.sip.port;
  await serve(stage.app, peer.port);
  await stage.serving(8);
  const streams = new SipStreams(stage.engine.sip.port, dice, 8);
  const control = new ControlStreams(stage.engine.control.port, dice, peer.port);
  let streamed = 0;
  let frames = 0;
  let sent = 0;
  for (let i = 0; i < datagrams; i += 1) {
    peer.send(peer.next());
    if (i % 10 === 0) {
      streams.send(peer.next());
      streamed += 1;
    }
    if (i % 20 === 0) {
      control.send();
      frames += 1;
    }
    if (i % BATCH === 0) await new Promise((done) => setImmediate(done));
    sent = i + 1;
    if (i % 1000 === 0 && !progress(i)) break;
  }
  peer.calm = true;
  control.close();
  streams.close();
  const { engine } = stage;
  const entries = (): number => {
    const { transactions, dialogs, pending, timers } = engine.counters();
    return transactions + dialogs + pending + timers;
  };
  await stage.idle(20_000).catch((error: unknown) => void crashes.push(String(error)));
  const left = entries();
  const received = [...engine.counters().messages].reduce((sum, [key, count]) => (key.startsWith('in|') ? sum + count : sum), 0);
  await stillAnswers(stage);
  await peer.close();
  await stage.close();
  await names.close();
  return { datagrams: sent, streamed, streams: streams.opened, frames, applications: control.opened, crashes, left, seed, received };
}

/** Applications that answer, refuse, call back, subscribe and stay silent. */
async function serve(app: () => Promise<Srf>, back: number): Promise<void> {
  const srf = await app();
  for (const method of ['options', 'register', 'info', 'message', 'publish']) srf[method]((_req: Srf, res: Srf) => res.send(200));
  srf.subscribe((_req: Srf, res: Srf) => res.send(200, { headers: { Expires: '0' } }));
  srf.notify(() => {});
  srf.invite((req: Srf, res: Srf) => {
    const kind = req.get('call-id').length % 5;
    if (kind === 0) res.send(486);
    else if (kind === 1) res.send(183, { headers: { Require: '100rel' }, body: SDP });
    else if (kind === 2)
      srf.createUAC(`sip:x@127.0.0.1:${back}`, { localSdp: SDP }).then(
        (call: Srf) => call.destroy().catch(() => {}),
        () => {},
      );
    else
      srf.createUAS(req, res, { localSdp: SDP }).then(
        (call: Srf) => void setTimeout(() => call.destroy().catch(() => {}), CALL_MS),
        () => {},
      );
  });
}

async function stillAnswers(stage: Awaited<ReturnType<typeof setStage>>): Promise<void> {
  const party = await stage.udp();
  const via = party.via('z9hG4bKlast');
  const text = `OPTIONS sip:x@y SIP/2.0\r\nVia: ${via}\r\nFrom: <sip:a@b>;tag=last\r\nTo: <sip:x@y>\r\nCall-ID: last\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
  party.send(text, stage.engine.sip.port);
  await until(
    () => party.count(({ status }) => status === 200) > 0,
    10_000,
    () => 'the engine answers no more',
  );
}
