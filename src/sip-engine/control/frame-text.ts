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
export function sentFrame(messageId: string, sent: Sent, own: { readonly address: string; readonly port: number }, now: Date): Buffer {
  const nowhere = sent.peer.port === 0;
  const where = sent.response ? sent.peer : own;
  const meta = nowhere
    ? `application|0|unknown||0`
    : `application|${sent.bytes.length}|${sent.peer.protocol}|${where.address}|${where.port}`;
  const ids = sent.response ? `${sent.txnId}|${sent.dialogId}|` : sent.txnId;
  return frame(`${randomUUID()}|response|${messageId}|OK|${meta}|${clockTime(now)}|${ids}|Msg sent:|`, sent.bytes);
}

/** A message on its way up. A new request says where it came in; anything else says its dialog. */
export function arrivalFrame(arrival: Arrival, now: Date): Buffer {
  const { from, source, size, txnId, dialogId, receivedOn } = arrival;
  const tail = receivedOn === undefined ? `${dialogId}|` : `|${receivedOn.address}|${receivedOn.port}|`;
  return frame(
    `${randomUUID()}|sip|${source}|${size}|${from.protocol}|${from.address}|${from.port}|${clockTime(now)}|${txnId}|${tail}`,
    arrival.bytes,
  );
}

/** `HH:MM:SS.uuuuuu`, UTC. */
function clockTime(now: Date): string {
  return `${now.toISOString().slice(11, 23)}000`;
}
