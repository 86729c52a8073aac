import { isIP } from 'node:net';
import type { Ban, BanList } from '../overload/ban-list.ts';
import { nextId } from '../random-token.ts';
import { maskSecrets } from '../trace/mask-secrets.ts';
import type { TraceRing } from '../trace/trace-ring.ts';
import type { Command, ControlConnection } from './control-connection.ts';
import { frame } from './frame-text.ts';

/** What operators ask of the engine through an application; drachtio-server has neither. */
export interface OperatorParts {
  readonly ring: TraceRing | undefined;
  readonly bans: BanList;
}

const CALL_IDS_MAX = 50;
/** An answer shares the control connection with calls. */
const TRACE_TEXT_MAX = 400_000;
const BAN_MS_MAX = 30 * 86_400_000;

/** `trace` and Call-IDs, one a line: answered `OK|trace` and JSON `{messages, left}`, or `NOK|trace is off`. */
export function runTrace({ ring }: OperatorParts, app: ControlConnection, { messageId, message }: Command): void {
  if (ring === undefined) {
    app.reply(messageId, 'NOK|trace is off');
    return;
  }
  const found = ring.read(linesOf(message).slice(0, CALL_IDS_MAX));
  let size = 0;
  const shown = found.messages.filter(({ bytes }) => {
    size += bytes.length;
    return size <= TRACE_TEXT_MAX;
  });
  const messages = shown.map(({ callId, at, direction, transport, address, port, bytes }) => {
    return { call_id: callId, at, direction, transport, address, port, text: maskSecrets(bytes.toString('latin1')) };
  });
  const json = JSON.stringify({ messages, left: found.left + found.messages.length - shown.length });
  // drachtio-srf reads frames as UTF-8.
  const ascii = json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  app.write(frame(`${nextId()}|response|${messageId}|OK|trace`, Buffer.from(ascii, 'latin1')));
}

/** `bans|all` or `bans|more` and lines `address milliseconds`: who is not answered from now on, instead of or beside those before. */
export function runBans({ bans }: OperatorParts, app: ControlConnection, { messageId, message, tokens }: Command): void {
  const how = tokens[1];
  const list = linesOf(message).map(banOf);
  if ((how !== 'all' && how !== 'more') || list.includes(undefined)) {
    app.reply(messageId, 'NOK|invalid bans');
    return;
  }
  bans.set(list as Ban[], how);
  app.reply(messageId, 'OK');
}

const linesOf = (message: Buffer): string[] =>
  message
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function banOf(line: string): Ban | undefined {
  const [address = '', ms = '', more] = line.split(' ');
  const remainingMs = /^[0-9]{1,12}$/.test(ms) ? Number(ms) : -1;
  if (isIP(address) === 0 || more !== undefined || remainingMs < 0) return undefined;
  return { address, remainingMs: Math.min(remainingMs, BAN_MS_MAX) };
}
