import { tagOf } from './address.ts';
import type { SipMessage } from './message.ts';
import type { Transport } from './wire.ts';

/** What is wrong with a received message by RFC 3261 §8.1.1 and §8.2.6; empty when nothing is. */
export function messageFaults(message: SipMessage, transport: Transport): string[] {
  const faults: string[] = [];
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    if (!message.has(name)) faults.push(`${name} is missing`);
  }
  if (!/^\d{1,10} [A-Z]+$/.test(message.header('CSeq'))) faults.push(`CSeq is malformed: ${message.header('CSeq')}`);
  if (!message.branch.startsWith('z9hG4bK')) faults.push(`Via branch lacks the magic cookie: ${message.branch}`);
  if (tagOf(message.header('From')) === '') faults.push('From has no tag');
  if (transport === 'tcp' && !message.has('Content-Length')) faults.push('Content-Length is missing on a stream');
  if (message.has('Content-Length') && Number(message.header('Content-Length')) !== Buffer.byteLength(message.body)) {
    faults.push(`Content-Length says ${message.header('Content-Length')}, the body has ${Buffer.byteLength(message.body)} bytes`);
  }
  if (message.body !== '' && !message.has('Content-Type')) faults.push('a body without Content-Type');
  return [...faults, ...(message.isRequest ? requestFaults(message) : responseFaults(message))];
}

function requestFaults(request: SipMessage): string[] {
  const faults: string[] = [];
  if (!request.has('Max-Forwards')) faults.push('Max-Forwards is missing');
  if (request.header('CSeq').split(' ')[1] !== request.method) faults.push('CSeq names another method');
  if (request.method === 'INVITE' && !request.has('Contact')) faults.push('an INVITE without Contact');
  return faults;
}

function responseFaults(response: SipMessage): string[] {
  const faults: string[] = [];
  if (response.status > 100 && tagOf(response.header('To')) === '') faults.push('To has no tag');
  const contactNeeded = response.method === 'INVITE' && response.status >= 200 && response.status < 300;
  if (contactNeeded && !response.has('Contact')) faults.push('a 2xx to an INVITE without Contact');
  return faults;
}
