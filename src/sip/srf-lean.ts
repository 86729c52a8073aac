import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SrfClient, SrfSendOptions, SrfUnsent } from './srf-library.ts';

/**
 * Puts cheaper ways of sending in the place of the library's own, which write one packet a command and format every message up to
 * four times for a debug log that is off. What goes over the wire is the same but for the case of field names.
 */
export function sendLean(client: SrfClient): void {
  const corked = new WeakSet<Socket>();
  const { wp } = client;
  wp.send = (socket, command) => {
    cork(socket, corked);
    const id = randomUUID();
    const frame = `${id}|${command}`;
    socket.write(`${Buffer.byteLength(frame)}#${frame}`);
    return id;
  };
  client.sendMessage = (socket, message, options) =>
    wp.send(socket, `sip|${options.stackTxnId ?? ''}|${options.stackDialogId ?? ''}\r\n${textOf(message, options)}`);
}

/** Commands of one turn of the event loop leave in one write: a call's ACK, 200 and the next call's INVITE are one system call. */
function cork(socket: Socket, corked: WeakSet<Socket>): void {
  if (corked.has(socket)) return;
  corked.add(socket);
  socket.cork();
  setImmediate(() => {
    corked.delete(socket);
    socket.uncork();
  });
}

function textOf(message: SrfUnsent, { headers = {}, body = '' }: SrfSendOptions): string {
  let text =
    message.status === undefined ? `${message.method} ${message.uri} SIP/2.0\r\n` : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  for (const name in message.headers) text += `${name}: ${message.headers[name]}\r\n`;
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  return `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
