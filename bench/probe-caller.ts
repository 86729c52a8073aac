import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { newId } from '../src/kit/ids.ts';

/** The final answer to one call. */
export interface ProbeAnswer {
  readonly status: number;
  /** `X-Dialplane-Reason`; empty without one. */
  readonly code: string;
}

/** A caller of calls that are to be refused: one socket, hundreds of calls a second. */
export interface ProbeCaller {
  /** Where its calls come from, for an ACL. */
  readonly source: string;
  /** Places one call and resolves with its final answer; rejects after 10 s without any. */
  call(called: string): Promise<ProbeAnswer>;
  close(): Promise<void>;
}

interface Waiting {
  readonly branch: string;
  readonly invite: string;
  readonly resolve: (answer: ProbeAnswer) => void;
}

const repeatMs = 500;
const answerMs = 10_000;

/** Opens the caller's socket on loopback. */
export async function openProbeCaller(remote: { readonly host: string; readonly port: number }): Promise<ProbeCaller> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const source = `127.0.0.1:${socket.address().port}`;
  const waiting = new Map<string, Waiting>();
  const send = (text: string): void => socket.send(text, remote.port, remote.host);
  socket.on('message', (data: Buffer, _from: RemoteInfo) => {
    const text = data.toString('latin1');
    const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1] ?? 0);
    if (status < 200) return;
    const callId = fieldOf(text, 'call-id');
    const call = waiting.get(callId);
    // A repeated final answer wants its ACK again (RFC 3261 §17.1.1.2).
    if (call === undefined) return;
    send(requestText('ACK', call.invite.split(' ')[1] ?? '', { source, branch: call.branch, callId, to: fieldOf(text, 'to') }));
    call.resolve({ status, code: fieldOf(text, 'x-dialplane-reason') });
  });
  return {
    source,
    async call(called) {
      const uri = `sip:${called}@${remote.host}:${remote.port}`;
      const [callId, branch] = [newId(), `z9hG4bK${newId()}`];
      const invite = requestText('INVITE', uri, { source, branch, callId, to: `<${uri}>` });
      let repeat: NodeJS.Timeout | undefined;
      let late: NodeJS.Timeout | undefined;
      try {
        return await new Promise<ProbeAnswer>((resolve, reject) => {
          waiting.set(callId, { branch, invite, resolve });
          repeat = setInterval(() => send(invite), repeatMs);
          late = setTimeout(() => reject(new Error(`a call to ${called} was not answered`)), answerMs);
          send(invite);
        });
      } finally {
        clearInterval(repeat);
        clearTimeout(late);
        // Longer than any repeat of the answer (RFC 3261 §17.2.1, Timer H is 32 s; on loopback none is lost for long).
        setTimeout(() => waiting.delete(callId), 2000).unref();
      }
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function fieldOf(text: string, name: string): string {
  const line = text.split('\r\n').find((one) => one.slice(0, name.length + 1).toLowerCase() === `${name}:`);
  return line === undefined ? '' : line.slice(name.length + 1).trim();
}

function requestText(method: string, uri: string, at: { source: string; branch: string; callId: string; to: string }): string {
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${at.source};branch=${at.branch}`,
    `From: <sip:+447700900123@${at.source}>;tag=${at.callId.slice(-12)}`,
    `To: ${at.to}`,
    `Call-ID: ${at.callId}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:${at.source}>`,
    'Max-Forwards: 70',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
