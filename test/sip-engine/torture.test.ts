import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMessageLimits } from '../../src/sip-engine/message/message-limits.ts';
import { formatNameAddr, parseNameAddrs } from '../../src/sip-engine/message/name-addr.ts';
import { parseDatagram } from '../../src/sip-engine/message/parse-message.ts';
import { type CommonView, type Misfit, readRequest } from '../../src/sip-engine/message/read-request.ts';
import { readResponse } from '../../src/sip-engine/message/read-response.ts';
import { bytesForApplication } from '../../src/sip-engine/message/serialize-message.ts';
import { headerLines, type SipMessage } from '../../src/sip-engine/message/sip-message.ts';
import { parseSipUri } from '../../src/sip-engine/message/uri.ts';
import { parseVia, type Via } from '../../src/sip-engine/message/via.ts';
import type { Party } from './support/party.ts';
import { SDP, type SipText } from './support/sip-text.ts';
import { readBySrf } from './support/srf-parser.ts';
import { type Srf, type Stage, setStage, unique, until } from './support/stage.ts';
import { judgedMessages } from './torture/invalid-messages.ts';
import { ipv6Messages } from './torture/ipv6-messages.ts';
import { validMessages } from './torture/valid-messages.ts';

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

function read(bytes: Buffer): { message: SipMessage; view: CommonView } | Misfit | 'garbage' {
  const parsed = parseDatagram(bytes, defaultMessageLimits);
  if (parsed.kind === 'garbage') return 'garbage';
  const { message, fault, version } = parsed;
  const result = message.kind === 'request' ? readRequest(message, fault, version) : readResponse(message, fault);
  return result.ok ? { message, view: result.value } : result.error;
}

function accepted(bytes: Buffer): { message: SipMessage; view: CommonView } {
  const result = read(bytes);
  if (result === 'garbage' || 'status' in result) throw new Error(`refused: ${JSON.stringify(result)}`);
  return result;
}

function viasOf(message: SipMessage): Via[] {
  return headerLines(message, 'via').flatMap((line) => {
    const vias: Via[] = [];
    for (let via = parseVia(line); via !== undefined; via = via.end < line.length ? parseVia(line, via.end + 1) : undefined) vias.push(via);
    return vias;
  });
}

const viaText = ({ transport, host, port, branch }: Via): string => `${transport} ${host}${port === undefined ? '' : `:${port}`} ${branch}`;

describe('a valid message of RFC 4475 is read right in every field', () => {
  it.each(validMessages)('$name ($clause)', ({ bytes, reads }) => {
    const { message, view } = accepted(bytes);
    const { from, to } = view;
    const start = message.kind === 'request' ? `${message.method} ${message.uri}` : `${message.status} ${message.reason}`;
    expect({
      start: utf8(start),
      via: viasOf(message).map(viaText),
      from: [from.display, from.uri, view.fromTag].map(utf8),
      to: [to.display, to.uri, view.toTag].map(utf8),
      callId: view.callId,
      cseq: `${view.cseq} ${view.cseqMethod}`,
      contact: headerLines(message, 'contact').flatMap((line) => parseNameAddrs(line)?.map(formatNameAddr) ?? ['unreadable']),
      other: Object.fromEntries(Object.keys(reads.other).map((id) => [id, headerLines(message, id).map(utf8)])),
      body: message.body.length,
    }).toEqual({ ...reads, answer: undefined });
    expect(bytes.includes(message.body)).toBe(true);
  });

  it('even parameters nobody knows, quoted in UTF-8 (intmeth, §3.1.1.2)', () => {
    const { view } = accepted(validMessages.find(({ name }) => name === 'intmeth')!.bytes);
    expect(utf8(view.from.parameters.get("fromparam''~+*_!.-%") ?? '')).toBe('"работающий"');
  });

  it.each(validMessages)('and as drachtio-srf reads it: $name', ({ bytes, reads }) => {
    const { message, view } = accepted(bytes);
    const shown = bytesForApplication(message);
    const there = readBySrf(shown);
    expect(there.get('call-id')).toBe(view.callId);
    expect(there.getParsedHeader('from').params.tag).toBe(reads.from[2]);
    expect(there.getParsedHeader('to').params.tag ?? '').toBe(reads.to[2]);
    expect(there.getParsedHeader('from').uri).toBe(reads.from[1]);
    expect(shown.subarray(shown.length - message.body.length)).toEqual(message.body);
    // Neither what databases choke on nor a header that could pose as another.
    expect(/[^\t\r\n -~\u0080-\u00ff]/.test(shown.toString('latin1', 0, shown.length - message.body.length))).toBe(false);
    expect(Object.keys(there.headers).filter((name) => name.includes('%'))).toEqual([]);
    if (reads.contact.length > 0) expect(there.getParsedHeader('contact')).toHaveLength(reads.contact.length);
  });
});

describe('a message of RFC 5118 has its addresses where they are', () => {
  it.each(ipv6Messages)('$name ($clause)', ({ bytes, uri, via, received, contact, body }) => {
    if (uri === undefined) {
      expect(read(bytes)).toMatchObject({ status: 400 });
      return;
    }
    const { message, view } = accepted(bytes);
    const target = message.kind === 'request' ? parseSipUri(message.uri) : undefined;
    expect([target?.host, target?.port]).toEqual(uri);
    expect(viasOf(message).map(({ host, port }) => [host, port])).toEqual(via);
    expect(view.via.parameters.get('received')).toBe(received);
    if (contact !== undefined) expect(readBySrf(bytesForApplication(message)).getParsedHeader('contact')[0].uri).toBe(contact);
    if (body !== undefined) expect(message.body.toString()).toContain(body);
    readBySrf(bytesForApplication(message));
  });
});

describe('a running engine', () => {
  let stage: Stage;
  let party: Party;
  const seen: Srf[] = [];
  beforeAll(async () => {
    stage = await setStage();
    party = await stage.udp();
    const srf = await stage.app();
    for (const method of ['invite', 'options', 'register', 'message', 'bye'])
      srf[method]((req: Srf, res: Srf) => {
        seen.push(req);
        res.send(method === 'invite' ? 486 : 200);
      });
    await stage.serving(5);
  });
  afterAll(async () => {
    await stage.close();
  });

  const send = (bytes: Buffer): void => party.send(bytes.toString('latin1'), stage.engine.sip.port);

  /** The same with a branch and Call-ID of its own: the RFCs use theirs again. */
  function fresh(bytes: Buffer): { bytes: Buffer; mark: string } {
    const mark = unique('q');
    const text = bytes
      .toString('latin1')
      .replace(/branch=z9hG4bK(?=[^;\s])/, `branch=z9hG4bK${mark}`)
      .replace(/^(Call-ID|i)(\s*:\s*)/im, `$1$2${mark}`);
    return { bytes: Buffer.from(text, 'latin1'), mark };
  }

  /** The first final answer, acknowledged when it is one to an INVITE. */
  async function answerTo(original: Buffer): Promise<SipText> {
    const { bytes, mark } = fresh(original);
    send(bytes);
    const final = (): SipText | undefined => party.inbox.all.find(({ status, text }) => status >= 200 && text.includes(mark));
    await until(
      () => final() !== undefined,
      5000,
      () => 'no answer',
    );
    const head = bytes.toString('latin1').split('\r\n\r\n')[0]!;
    const ack = head
      .replace(/^INVITE/, 'ACK')
      .replace(/(CSeq:\s+\d+\s+)INVITE/i, '$1ACK')
      .replace(/^(Content-Length|l)(\s*:\s*)\d+/im, '$1$20');
    if (ack.startsWith('ACK ')) send(Buffer.from(`${ack}\r\n\r\n`, 'latin1'));
    return final()!;
  }

  const cases = [
    ...validMessages.map(({ reads, ...message }) => ({ ...message, answer: reads.answer, says: [] as readonly string[], why: 'valid' })),
    ...judgedMessages,
    ...ipv6Messages.map((message) => ({ ...message, says: [] as readonly string[], why: 'IPv6' })),
  ];

  it.each(cases)('answers $name ($clause, $why) with $answer', async ({ bytes, answer, says }) => {
    seen.length = 0;
    if (answer === 'dropped') {
      const dropped = (): number => [...stage.engine.counters().drops.values()].reduce((sum, count) => sum + count, 0);
      const before = dropped();
      send(bytes);
      await until(
        () => dropped() === before + 1,
        5000,
        () => 'not dropped',
      );
      expect(seen).toEqual([]);
      return;
    }
    const got = await answerTo(bytes);
    expect(got.status).toBe(answer);
    for (const line of says ?? []) expect(got.text).toContain(`\r\n${line}`);
    // Each line of the answer is a header, and each that the answer needs is there once.
    for (const line of got.text.split('\r\n\r\n')[0]!.split('\r\n').slice(1)) expect(line).toMatch(/^[\w-]+: /);
    for (const name of ['from', 'to', 'call-id', 'cseq']) expect(got.all(name).length).toBeLessThanOrEqual(1);
    if (answer === 200 || answer === 486) for (const req of seen) readBySrf(Buffer.from(req.msg?.raw ?? req.raw ?? '', 'utf8'));
    expect(seen).toHaveLength(answer === 200 || answer === 486 ? 1 : 0);
  });

  it('keeps requests apart whose branch is nothing but the cookie (RFC 4475 §3.2.1)', async () => {
    const { bytes } = judgedMessages.find(({ name }) => name === 'badbranch')!;
    seen.length = 0;
    const other = Buffer.from(bytes.toString().replace('badbranch.', 'another.'));
    const third = Buffer.from(bytes.toString().replace('badbranch.', 'third.'));
    const answered = (id: string): number => party.count(({ status, text }) => status === 200 && text.includes(`Call-ID: ${id}.`));
    for (const each of [other, third]) send(each);
    await until(
      () => answered('another') === 1 && answered('third') === 1,
      5000,
      () => 'not answered',
    );
    send(other);
    await until(
      () => answered('another') === 2,
      5000,
      () => 'not answered again',
    );
    expect(seen.map((req) => req.get('call-id').split('.')[0])).toEqual(['another', 'third']);
  });

  it('gives a multipart body to the application byte for byte (mpart01)', async () => {
    const { bytes, reads } = validMessages.find(({ name }) => name === 'mpart01')!;
    seen.length = 0;
    await answerTo(bytes);
    expect(seen[0].get('content-length')).toBe(String(reads.body));
    expect(seen[0].payload).toHaveLength(2);
  });

  it('takes nothing from the second message in a datagram, but from a stream it does (dblreq, §3.1.1.8)', async () => {
    const tcp = await stage.tcp();
    const { bytes } = validMessages.find(({ name }) => name === 'dblreq')!;
    const text = bytes
      .toString('latin1')
      .replaceAll('SIP/2.0/UDP', 'SIP/2.0/TCP')
      .replace('INVITE sip:joe', 'OPTIONS sip:joe')
      .replace('8 INVITE', '8 OPTIONS');
    tcp.send(text, stage.engine.sip.port);
    await tcp.response(200, 'REGISTER');
    await tcp.response(200, 'OPTIONS');
  });
});

describe('what drachtio-srf would read at a price', () => {
  const base = (lines: string, body = SDP): string =>
    `MESSAGE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n${lines}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const lineOf = (name: string, piece: string): string => `${name}: ${piece.repeat(Math.floor(8100 / piece.length))}`;
  const rows = [
    'Contact',
    'From',
    'To',
    'Route',
    'Record-Route',
    'Refer-To',
    'P-Asserted-Identity',
    'Content-Type',
    'Authorization',
    'Subject',
    'Via',
  ].flatMap((name) =>
    ['<sip:a@b>,', 'sip:', 'sip:a,', 'a ', ';a=b', '"a" ', '\\"', ' <', 'multipart/;;;;', 'a=b,', '\t', '@', 'Digest a=b, '].map(
      (piece) => [name, piece] as const,
    ),
  );

  it('is refused, or is read in no time', () => {
    const slow: string[] = [];
    let passed = 0;
    for (const [name, piece] of rows) {
      for (const copies of [1, 7]) {
        const line = lineOf(name, piece);
        const result = read(Buffer.from(base(new Array<string>(copies).fill(line).join('\r\n'), `${SDP}\r\n\r\n${SDP}`)));
        if (result === 'garbage' || 'status' in result) continue;
        passed += 1;
        const from = performance.now();
        const there = readBySrf(bytesForApplication(result.message));
        void [there.calledNumber, there.callingNumber, there.callingName];
        if (performance.now() - from > 60) slow.push(`${copies} × ${name}: ${piece}… ${Math.round(performance.now() - from)} ms`);
      }
    }
    expect(slow).toEqual([]);
    expect(passed).toBeGreaterThan(20);
  });
});
