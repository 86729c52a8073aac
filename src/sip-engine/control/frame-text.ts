import type { Arrival } from '../dialog/application.ts';
import type { Sent } from '../dialog/sent.ts';
import { nextId } from '../random-token.ts';
import type { Peer } from '../transport/peer.ts';

/** A frame on its way out: decimal length, `#` and one line of tokens as latin1 text; behind it a SIP message, when there is one. */
export interface Frame {
  readonly head: string;
  readonly message: Buffer | undefined;
  readonly length: number;
}

/** A frame of one line of tokens and, when given, a SIP message. Text is latin1, so the bytes of an application's ids survive. */
export function frame(tokens: string, message?: Buffer): Frame {
  const line = message === undefined ? tokens : `${tokens}\r\n`;
  const payload = line.length + (message?.length ?? 0);
  const head = `${payload}#${line}`;
  return { head, message, length: head.length + (message?.length ?? 0) };
}

/** Several frames as one piece of memory: one allocation and one write, however many there are. `length` is their sum. */
export function joinFrames(frames: readonly Frame[], length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const { head, message } of frames) {
    at += bytes.write(head, at, 'latin1');
    if (message === undefined) continue;
    bytes.set(message, at);
    at += message.length;
  }
  return bytes;
}

/** The answer to a command that sent nothing. */
export const replyFrame = (messageId: string, text: string): Frame => frame(`${nextId()}|response|${messageId}|${text}`);

/** The answer to a command that had a message sent; `own` is our address, which drachtio-server tells for requests. */
export function sentFrame(messageId: string, sent: Sent, own: { readonly address: string; readonly port: number }, nowMs: number): Frame {
  const nowhere = sent.peer.port === 0;
  const where = sent.response ? sent.peer : own;
  const meta = nowhere
    ? `application|0|unknown||0`
    : `application|${sent.bytes.length}|${sent.peer.protocol}|${where.address}|${where.port}`;
  const ids = sent.response ? `${sent.txnId}|${sent.dialogId}|` : sent.txnId;
  return frame(`${nextId()}|response|${messageId}|OK|${meta}|${clockTime(nowMs)}|${ids}|Msg sent:|`, sent.bytes);
}

/** A final response to a request an application had passed on; more answers to its command follow. */
export function passedFrame(messageId: string, bytes: Buffer, { protocol, address, port }: Peer, nowMs: number): Frame {
  const meta = `network|${bytes.length}|${protocol}|${address}|${port}|${clockTime(nowMs)}`;
  return frame(`${nextId()}|response|${messageId}|OK|${meta}|||continue`, bytes);
}

/** A message on its way up. A new request says where it came in; anything else says its dialog. */
export function arrivalFrame(arrival: Arrival, nowMs: number): Frame {
  const { from, source, size, txnId, dialogId, receivedOn } = arrival;
  const tail = receivedOn === undefined ? `${dialogId}|` : `|${receivedOn.address}|${receivedOn.port}|`;
  return frame(
    `${nextId()}|sip|${source}|${size}|${from.protocol}|${from.address}|${from.port}|${clockTime(nowMs)}|${txnId}|${tail}`,
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
