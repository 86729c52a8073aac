import { type CallTrace, peerOf, type TraceMessage } from './call-trace.ts';

const WIDTH = 34;
const TIME = 12;
const LABEL_MAX = WIDTH - 6;

/** `INVITE`, `180 Ringing (INVITE)`; what a peer wrote is cut and has no control characters. */
function labelOf(text: string): string {
  const line = text.slice(0, Math.max(0, text.indexOf('\r\n'))).replace(/[^ -~]/g, '.');
  const [, status, reason = ''] = /^SIP\/2\.0 ([0-9]{3}) ?(.*)$/.exec(line) ?? [];
  const [, method = ''] = /^cseq[ \t]*:[ \t]*[0-9]+[ \t]+([A-Za-z]+)/im.exec(text) ?? [];
  const body = /\r\n\r\nv=0/.test(text) ? ' SDP' : '';
  const label =
    status === undefined ? (line.split(' ')[0] ?? '') : `${status} ${reason}${method === 'INVITE' || method === '' ? '' : ` (${method})`}`;
  return (label + body).slice(0, LABEL_MAX);
}

function arrow(label: string, rightwards: boolean): string {
  const space = WIDTH - 4 - label.length;
  const before = '-'.repeat(Math.floor(space / 2));
  const after = '-'.repeat(Math.ceil(space / 2));
  return rightwards ? `${before} ${label} ${after}->`.slice(-WIDTH) : `<-${before} ${label} ${after}`;
}

function row(message: TraceMessage): string {
  const time = new Date(message.at).toISOString().slice(11, 11 + TIME);
  const ours = ' '.repeat(WIDTH);
  const label = labelOf(message.text);
  // The caller stands to the left of us: what comes from there goes to the right.
  if (message.leg === 'caller') return `${time} |${arrow(label, message.direction === 'in')}|${ours}|`;
  return `${time} |${ours}|${arrow(label, message.direction === 'out')}|`;
}

/** The call as a ladder of text: caller, us, and whoever was called; a called party is named where it changes. */
export function callLadder({ messages, left }: CallTrace): string {
  const indent = ' '.repeat(TIME + 1);
  const caller = messages.find(({ leg }) => leg === 'caller');
  // Each name above its line.
  const names = `${'caller'.padEnd(WIDTH - 3)}${'dialplane'.padEnd(WIDTH + 2)}callee`;
  const lines = [indent + names, indent + (caller === undefined ? '' : peerOf(caller))];
  let callee = '';
  for (const message of messages) {
    const peer = message.leg === 'callee' ? peerOf(message) : callee;
    lines.push(row(message) + (peer === callee ? '' : ` ${peer}`));
    callee = peer;
  }
  if (left > 0) lines.push(`${indent}${left} more messages were not kept.`);
  return `${lines.join('\n')}\n`;
}
