/**
 * The barest B2BUA drachtio-srf can be: rings, connects and ends both legs. A child of the suite `engine`, told over
 * IPC by `BENCH_BRIDGE`: which SIP server to join and whom to call. Says `ready` once it serves INVITE.
 */
import Srf from 'drachtio-srf';

interface Wanted {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** The SIP URI of the second leg. */
  readonly callee: string;
}

const wanted = JSON.parse(process.env['BENCH_BRIDGE'] ?? '{}') as Wanted;
// The published types do not compile under strict (reference §5.2); only what is used is described.
interface Dialog {
  readonly remote: { readonly sdp: string };
  destroy(): Promise<unknown>;
  on(event: 'destroy', listener: () => void): void;
}
interface Incoming {
  readonly body: string;
}
interface Answering {
  send(status: number): void;
}
interface Calls {
  on(event: 'connect' | 'error', listener: (error?: Error) => void): void;
  connect(to: object): void;
  invite(handler: (request: Incoming, response: Answering) => void): void;
  createUAC(uri: string, options: object, progress: object): Promise<Dialog>;
  createUAS(request: Incoming, response: Answering, options: object): Promise<Dialog>;
}
const srf = new (Srf as unknown as new () => Calls)();

async function bridge(request: Incoming, response: Answering): Promise<void> {
  const called = await srf.createUAC(wanted.callee, { localSdp: request.body }, { cbProvisional: () => response.send(180) });
  const caller = await srf.createUAS(request, response, { localSdp: called.remote.sdp });
  caller.on('destroy', () => void called.destroy().catch(() => {}));
  called.on('destroy', () => void caller.destroy().catch(() => {}));
}

srf.on('error', () => {});
srf.on('connect', (error) => {
  if (error !== undefined && error !== null) process.exit(1);
  srf.invite((request, response) => void bridge(request, response).catch(() => response.send(500)));
  process.send?.('ready');
});
srf.connect({ host: wanted.host, port: wanted.port, secret: wanted.secret });
process.once('disconnect', () => process.exit(0));
