import { randomUUID } from 'node:crypto';
import type { Arrival } from '../dialog/application.ts';
import type { Sent } from '../dialog/sent.ts';

/** A frame: decimal length, `#`, one line of tokens and, when given, a SIP message. */
export function frame(tokens: string, message?: Buffer): Buffer {
  const line = message === undefined ? tokens : `${tokens}\r\n`;
  const body = message?.length ?? 0;
  const lineBytes = Buffer.byteLength(line, 'utf8');
  const prefix = `${lineBytes + body}#`;
  const bytes = Buffer.allocUnsafe(prefix.length + lineBytes + body);
  bytes.write(prefix, 0, 'latin1');
  bytes.write(line, prefix.length, 'utf8');
  message?.copy(bytes, prefix.length + lineBytes);
  return bytes;
}

/** The answer to a command that sent nothing. */
export const replyFrame = (messageId: string, text: string): Buffer => frame(`${randomUUID()}|response|${messageId}|${text}`);

/** The answer to a command that had a message sent; `own` is our address, which drachtio-server tells for requests. */
export function sentFrame(messageId: string, sent: Sent, own: { readonly address: string; readonly port: number }, nowMs: number): Buffer {
  const nowhere = sent.peer.port === 0;
  const where = sent.response ? sent.peer : own;
  const meta = nowhere
    ? `application|0|unknown||0`
    : `application|${sent.bytes.length}|${sent.peer.protocol}|${where.address}|${where.port}`;
  const ids = sent.response ? `${sent.txnId}|${sent.dialogId}|` : sent.txnId;
  return frame(`${randomUUID()}|response|${messageId}|OK|${meta}|${clockTime(nowMs)}|${ids}|Msg sent:|`, sent.bytes);
}

/** A message on its way up. A new request says where it came in; anything else says its dialog. */
export function arrivalFrame(arrival: Arrival, nowMs: number): Buffer {
  const { from, source, size, txnId, dialogId, receivedOn } = arrival;
  const tail = receivedOn === undefined ? `${dialogId}|` : `|${receivedOn.address}|${receivedOn.port}|`;
  return frame(
    `${randomUUID()}|sip|${source}|${size}|${from.protocol}|${from.address}|${from.port}|${clockTime(nowMs)}|${txnId}|${tail}`,
    arrival.bytes,
  );
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** `HH:MM:SS.uuuuuu`, UTC. */
function clockTime(ms: number): string {
  const second = Math.floor(ms / 1000) % 86_400;
  const fraction = String(Math.floor(ms) % 1000).padStart(3, '0');
  return `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}.${fraction}000`;
}
