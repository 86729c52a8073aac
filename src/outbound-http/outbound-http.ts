import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { OutboundAnswer, OutboundFailure, OutboundHttp, OutboundRequest } from '../app/ports/outbound-http.ts';
import { type OutboundRules, type OutboundUrl, outboundRefusal, readOutboundUrl } from '../domain/outbound-url.ts';
import { readAnswer } from './read-answer.ts';
import { createResolveHost, type HostAddress, type ResolveHost } from './resolve-host.ts';

export interface OutboundHttpOptions {
  readonly rules: OutboundRules;
  /** Instead of the machine's. */
  readonly resolve?: ResolveHost;
  /** PEM certificates that are believed besides the machine's. */
  readonly ca?: string;
}

const ADDRESSES_MAX = 4;
const HEADER_BYTES_MAX = 16_384;

/**
 * Sends requests to addresses that tenants wrote. A name is resolved once, every address of it must be allowed (decision C6), and the
 * connection goes to such an address, never to what a second lookup would say. No redirect is followed and no connection is kept.
 */
export const createOutboundHttp = ({ rules, resolve = createResolveHost(), ca }: OutboundHttpOptions): OutboundHttp => ({
  async send(asked) {
    const url = readOutboundUrl(asked.url, rules);
    if (!url.ok) return failed('url_forbidden');
    const deadline = AbortSignal.timeout(asked.deadlineMs);
    try {
      const addresses = await beforeDeadline(addressesOf(url.value, resolve, deadline), deadline);
      if (addresses.length === 0) return failed('name_unknown');
      if (addresses.some(({ address }) => outboundRefusal(address, url.value, rules) !== null)) return failed('target_forbidden');
      // Whatever a receiver does to the connection, nobody waits for it longer than this.
      return await beforeDeadline(sendToOne(addresses.slice(0, ADDRESSES_MAX), { asked, url: url.value, deadline, ca }), deadline);
    } catch (error) {
      return failed(deadline.aborted ? 'timeout' : failureOf(error));
    }
  },
});

const failed = (code: OutboundFailure): OutboundAnswer => ({ kind: 'failed', code });

interface Sending {
  readonly asked: OutboundRequest;
  readonly url: OutboundUrl;
  readonly deadline: AbortSignal;
  readonly ca: string | undefined;
}

async function addressesOf({ hostname }: OutboundUrl, resolve: ResolveHost, deadline: AbortSignal): Promise<readonly HostAddress[]> {
  const family = isIP(hostname);
  if (family !== 0) return [{ address: hostname, family: family === 6 ? 6 : 4 }];
  try {
    return await resolve(hostname, deadline);
  } catch {
    return [];
  }
}

/** Whatever cannot be called off is left to itself. */
function beforeDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(deadline.reason);
    deadline.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => deadline.removeEventListener('abort', onAbort));
  });
}

/** The next address is tried only where nothing of the request can have arrived. */
async function sendToOne(addresses: readonly HostAddress[], sending: Sending): Promise<OutboundAnswer> {
  for (const [index, address] of addresses.entries()) {
    try {
      return await sendTo(address, sending);
    } catch (error) {
      const isLast = index === addresses.length - 1;
      if (isLast || sending.deadline.aborted || !NOT_CONNECTED.has(codeOf(error))) throw error;
    }
  }
  return failed('connection_failed');
}

function sendTo({ address, family }: HostAddress, { asked, url, deadline, ca }: Sending): Promise<OutboundAnswer> {
  const length = asked.body === null ? {} : { 'content-length': String(Buffer.byteLength(asked.body)) };
  const options = {
    host: address,
    family,
    port: url.port,
    path: url.path,
    method: asked.method,
    headers: { ...asked.headers, ...length, host: url.host, connection: 'close', 'accept-encoding': 'identity' },
    // A connection of its own: one that was kept might lead somewhere that was allowed then.
    agent: false as const,
    signal: deadline,
    maxHeaderSize: HEADER_BYTES_MAX,
    // The certificate is the name's, not the address's (RFC 9110 §4.3.4).
    ...(isIP(url.hostname) === 0 ? { servername: url.hostname } : {}),
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https' ? requestHttps : requestHttp)(options, (message) => {
      // Between the end of reading and the end of the connection nobody listens any more.
      message.on('error', () => {});
      readAnswer(message, asked.bytesMax).then(resolve, reject);
    });
    // A receiver may take the connection over unasked (RFC 9110 §15.2.2): then there is neither an answer nor an error.
    sent.on('upgrade', (_message, socket) => {
      socket.destroy();
      reject(new UnaskedUpgrade());
    });
    sent.on('error', reject);
    sent.end(asked.body ?? undefined);
  });
}

/** 101 without having been asked for another protocol. */
class UnaskedUpgrade extends Error {
  override readonly name = 'UnaskedUpgrade';
}

const NOT_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');

function failureOf(error: unknown): OutboundFailure {
  if (error instanceof UnaskedUpgrade) return 'answer_unreadable';
  const code = codeOf(error);
  if (/^HPE_|^ERR_STREAM_PREMATURE_CLOSE$/.test(code)) return 'answer_unreadable';
  if (/^EPROTO$|CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_/.test(code)) return 'tls_failed';
  return 'connection_failed';
}
