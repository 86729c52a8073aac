import type { SipText } from '../support/sip-text.ts';
import { CALLED, CALLER } from './addresses.ts';
import type { Sent } from './virtual-network.ts';

const LONG_MS = 32_000;

const branchOf = (message: SipText): string => /branch=([^;\r\n]+)/.exec(message.header('via'))?.[1] ?? '';

/** What was on the wire that no state machine of RFC 3261 puts there. */
export function judgeWire(sent: readonly Sent[], delivered: readonly Sent[]): string[] {
  return [
    ...finalAnswers(sent),
    ...acknowledgements(sent, delivered),
    ...sequenceNumbers(sent),
    ...earlyByes(sent, delivered),
    ...stopsAtAnswers(sent),
  ];
}

/** One final answer per transaction and sender, whose copies are equal. */
function finalAnswers(sent: readonly Sent[]): string[] {
  const finals = new Map<string, { text: string; at: number }>();
  const faults: string[] = [];
  for (const { at, from, message } of sent) {
    if (message.status < 200 || (from !== CALLER && from !== CALLED)) continue;
    const key = `${from} ${branchOf(message)} ${message.header('cseq')}`;
    const first = finals.get(key);
    if (first === undefined) finals.set(key, { text: message.text, at });
    // A copy may come so late that the transaction is over.
    else if (first.text !== message.text && at < first.at + LONG_MS) faults.push(`${key} has two final answers: ${message.startLine}`);
  }
  return faults;
}

/** Every final answer to an INVITE that came in time is acknowledged, and every 2xx to a new one is ended by somebody's BYE. */
function acknowledgements(sent: readonly Sent[], delivered: readonly Sent[]): string[] {
  const faults: string[] = [];
  const started = new Map<string, number>();
  for (const { at, message } of sent)
    if (message.method === 'INVITE' && !started.has(branchOf(message))) started.set(branchOf(message), at);
  const answered = new Map<string, number>();
  const seen = new Set<string>();
  for (const { at, to, message } of delivered) {
    if (message.status < 200 || message.cseqMethod !== 'INVITE' || (to !== CALLER && to !== CALLED)) continue;
    const success = message.status < 300;
    const branch = branchOf(message);
    const key = `${branch} ${message.tag('to')}`;
    if (!answered.has(branch)) answered.set(branch, at);
    // A request given up, and one that has been answered, are forgotten some time (Timers B and M).
    const until = Math.min((started.get(branch) ?? 0) + 2 * LONG_MS - 5000, (answered.get(branch) ?? 0) + LONG_MS);
    if (seen.has(key) || at > until) continue;
    seen.add(key);
    const isAck = ({ from, message: ack }: Sent): boolean =>
      from === to &&
      ack.method === 'ACK' &&
      ack.cseq === message.cseq &&
      ack.tag('to') === message.tag('to') &&
      (success || branchOf(ack) === branchOf(message));
    if (!sent.some(isAck)) faults.push(`${message.startLine} of ${message.tag('to')} was not acknowledged`);
    const isBye = ({ message: bye }: Sent): boolean => bye.method === 'BYE' && [bye.tag('to'), bye.tag('from')].includes(message.tag('to'));
    if (success && !sent.some(isBye)) faults.push(`the call of ${message.tag('to')} was not ended`);
  }
  return faults;
}

/** In each direction of a dialog every new request has a larger number than those before (RFC 3261 §12.2.1.1). */
function sequenceNumbers(sent: readonly Sent[]): string[] {
  const last = new Map<string, { cseq: number; branch: string }>();
  const faults: string[] = [];
  for (const { from, message } of sent) {
    if (message.status > 0 || message.method === 'ACK' || message.method === 'CANCEL') continue;
    const key = `${from} ${message.header('call-id')} ${message.tag('from')} ${message.tag('to')}`;
    const branch = branchOf(message);
    const before = last.get(key);
    if (before !== undefined && message.cseq === before.cseq && branch !== before.branch)
      faults.push(`${key}: ${message.method} has the number of another, ${message.cseq}`);
    if (before === undefined || message.cseq > before.cseq) last.set(key, { cseq: message.cseq, branch });
  }
  return faults;
}

/** The called side hangs up only behind the ACK, or when that has not come for 64*T1 (RFC 3261 §15). */
function earlyByes(sent: readonly Sent[], delivered: readonly Sent[]): string[] {
  const answer = sent.find(
    ({ from, message }) => from === CALLED && message.status >= 200 && message.status < 300 && message.cseqMethod === 'INVITE',
  );
  if (answer === undefined) return [];
  const bye = sent.find(({ from, message }) => from === CALLED && message.method === 'BYE');
  if (bye === undefined) return [];
  const acknowledged = sent.some(
    ({ at, from, message }) =>
      from === CALLER && message.method === 'ACK' && message.tag('to') === answer.message.tag('to') && at <= bye.at,
  );
  // Or when the caller has said that it knows of no such call.
  const unknown = delivered.some(({ at, to, message }) => to === CALLED && message.status === 481 && at <= bye.at);
  return acknowledged || unknown || bye.at >= answer.at + LONG_MS
    ? []
    : [`BYE ${Math.round(bye.at - answer.at)} ms behind a 200 without ACK`];
}

/** Nothing is sent again by timers once 64*T1 have passed. */
function stopsAtAnswers(sent: readonly Sent[]): string[] {
  const first = new Map<string, number>();
  const faults: string[] = [];
  for (const { at, from, message } of sent) {
    if (message.status > 0 || message.method === 'ACK') continue;
    const key = `${from} ${branchOf(message)} ${message.method}`;
    const since = first.get(key);
    if (since === undefined) first.set(key, at);
    else if (at > since + LONG_MS) faults.push(`${key} was sent again ${Math.round(at - since)} ms later`);
  }
  return faults;
}
