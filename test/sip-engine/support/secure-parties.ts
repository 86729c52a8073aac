import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { WebSocket } from 'ws';
import { Party, TcpParty } from './party.ts';
import { responseText, SipText } from './sip-text.ts';

type CertificateName = 'first' | 'second' | 'third';

/** Files of a self-signed certificate made for these tests, valid until 2126: `first` for sip.test and loopback, `second` for second.test, `third` for carrier.test and no address. */
export const certificate = (name: CertificateName): { cert: string; key: string } => ({
  cert: join(import.meta.dirname, `../certificates/${name}.cert.pem`),
  key: join(import.meta.dirname, `../certificates/${name}.key.pem`),
});

const dialAnybody = (port: number): Socket => connect({ port, host: '127.0.0.1', rejectUnauthorized: false });

/** A party that listens with TLS and connects out with it, believing anybody. */
export async function tlsParty(name: CertificateName = 'first', dial = dialAnybody): Promise<TcpParty> {
  const { cert, key } = certificate(name);
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new TcpParty(server, 'TLS', dial);
}

/** A browser-like party: it can only connect, and its Contact leads nowhere. */
export class WsParty extends Party {
  readonly transport: 'WS' | 'WSS';
  readonly socket: WebSocket;

  constructor(socket: WebSocket, transport: 'WS' | 'WSS') {
    super();
    this.socket = socket;
    this.transport = transport;
    this.host = 'df7jal23ls0d.invalid';
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const text = data.toString();
      if (text === '\r\n') this.pongs += 1;
      else this.inbox.add(new SipText(text));
    });
  }

  /** Its end of the connection. */
  get port(): number {
    return (this.socket as unknown as { _socket: { localPort: number } })._socket.localPort;
  }

  send(text: string): void {
    this.socket.send(text);
  }

  override answer(request: SipText, _port: number, status: number, options: Parameters<typeof responseText>[2] = {}): void {
    this.send(responseText(request, status, options));
  }

  override get contact(): string {
    return `<sip:party@${this.host};transport=ws>`;
  }

  override via(branch: string): string {
    return `SIP/2.0/${this.transport} ${this.host};branch=${branch}`;
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.terminate();
    await once(this.socket, 'close');
  }
}

/** Connects a WebSocket party to the engine. */
export async function wsParty(port: number, secure = false, options: object = {}): Promise<WsParty> {
  const socket = new WebSocket(`${secure ? 'wss' : 'ws'}://127.0.0.1:${port}`, ['sip'], { rejectUnauthorized: false, ...options });
  const party = new WsParty(socket, secure ? 'WSS' : 'WS');
  await once(socket, 'open');
  return party;
}
