import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrameReader } from '../../src/sip-engine/control/frame-reader.ts';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { SDP, SipText } from './support/sip-text.ts';
import { SECRET, type Stage, setStage, until } from './support/stage.ts';

/**
 * What each token of a frame of drachtio-server 0.9.10 is, as its recorded conversations with drachtio-srf show: `id` a message id of
 * the server, `msg` the id of the command answered, `time` the time of day in microseconds, `txn` a transaction, `dialog` a dialog, and
 * texts that stand for themselves. `size` is that of the SIP message behind the tokens.
 */
const SHAPES = {
  welcome: 'id response msg OK addresses v0.9.10-embedded addresses',
  accepted: 'id response msg OK',
  pong: 'id response msg OK pong',
  refused: 'id response msg NOK text',
  newRequest: 'id sip network size udp 127.0.0.1 peer time txn  127.0.0.1 own ',
  message: 'id sip network size udp 127.0.0.1 peer time txn dialog ',
  unsolicited: 'id sip application size udp 127.0.0.1 peer time unsolicited dialog ',
  requestSent: 'id response msg OK application size udp 127.0.0.1 own time txn sent ',
  responseSent: 'id response msg OK application size udp 127.0.0.1 peer time txn dialog  sent ',
} as const;

interface Frame {
  readonly tokens: readonly string[];
  readonly sip: SipText;
  readonly bytes: number;
}

class RawApplication {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  #taken = 0;
  #count = 0;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    const reader = new FrameReader((payload) => {
      const text = payload.toString('latin1');
      const end = text.indexOf('\r\n');
      const sip = end < 0 ? '' : text.slice(end + 2);
      this.frames.push({ tokens: (end < 0 ? text : text.slice(0, end)).split('|'), sip: new SipText(sip), bytes: sip.length });
    });
    this.socket.on('data', (chunk) => reader.push(chunk));
  }

  /** Sends a command, an own message id in front of it. */
  send(command: string): string {
    this.#count += 1;
    const payload = `m${this.#count}|${command}`;
    this.socket.write(`${payload.length}#${payload}`);
    return `m${this.#count}`;
  }

  /** The next frame nobody has looked at. */
  async next(): Promise<Frame> {
    await until(
      () => this.frames.length > this.#taken,
      5000,
      () => `frames ${this.frames.length}`,
    );
    this.#taken += 1;
    return this.frames[this.#taken - 1] as Frame;
  }
}

let stage: Stage;
let app: RawApplication;
let party: Party;
beforeEach(async () => {
  stage = await setStage();
  party = await stage.udp();
  app = new RawApplication(stage.engine.control.port);
});
afterEach(async () => {
  app.socket.destroy();
  await once(app.socket, 'close');
  await stage.close();
});

/** Checks a frame field by field; returns its transaction and dialog. */
function read(frame: Frame, shape: keyof typeof SHAPES, msg = ''): { txn: string; dialog: string } {
  const fields = SHAPES[shape].split(' ');
  const found = { txn: '', dialog: '' };
  expect(frame.tokens, shape).toHaveLength(fields.length);
  const { port } = stage.engine.sip;
  for (const [index, field] of fields.entries()) {
    const token = frame.tokens[index] ?? '';
    const at = `${shape} token ${index} (${field})`;
    if (field === 'id') expect(token, at).toMatch(/^[0-9a-z-]{8,}$/);
    else if (field === 'msg') expect(token, at).toBe(msg);
    else if (field === 'addresses') expect(token, at).toBe(`tcp/127.0.0.1:${port},udp/127.0.0.1:${port}`);
    else if (field === 'size') expect(Number(token), at).toBe(frame.bytes);
    else if (field === 'peer') expect(Number(token), at).toBe(party.port);
    else if (field === 'own') expect(Number(token), at).toBe(port);
    else if (field === 'time') expect(token, at).toMatch(/^[0-2]\d:[0-5]\d:[0-5]\d\.\d{6}$/);
    else if (field === 'txn') found.txn = token;
    else if (field === 'dialog') found.dialog = token;
    else if (field === 'text') expect(token, at).not.toBe('');
    else expect(token, at).toBe(field === 'sent' ? 'Msg sent:' : field);
  }
  return found;
}

async function welcomed(): Promise<void> {
  const authenticate = app.send(`authenticate|${SECRET}|`);
  read(await app.next(), 'welcome', authenticate);
  for (const method of ['invite', 'message']) {
    const route = app.send(`route|${method}`);
    read(await app.next(), 'accepted', route);
  }
  const ping = app.send('ping');
  read(await app.next(), 'pong', ping);
}

const response = (status: string, headers = '', body = ''): string =>
  `SIP/2.0 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

describe('the frames of a conversation are drachtio-server 0.9.10’s, field by field', () => {
  it('of a call that is answered, changed and ended by the caller', async () => {
    await welcomed();
    const call = new Caller(party, stage.engine.sip.port);
    call.invite();
    const invite = await app.next();
    const { txn } = read(invite, 'newRequest');
    // As received, but for nothing: raw bytes of the network.
    expect(invite.sip.method).toBe('INVITE');
    expect(invite.sip.body).toBe(SDP);
    const dialogId = `${call.callId};from-tag=${call.fromTag}`;

    const ringing = app.send(`sip|${txn}|\r\n${response('180 Ringing')}`);
    const rang = await app.next();
    expect(read(rang, 'responseSent', ringing)).toEqual({ txn, dialog: dialogId });
    expect(rang.sip.tag('to')).not.toBe('');
    expect(rang.sip.header('contact')).toBe(`<sip:127.0.0.1:${stage.engine.sip.port}>`);

    const answer = app.send(`sip|${txn}|\r\n${response('200 OK', 'contact: sip:foo@localhost\r\n', SDP)}`);
    const answered = await app.next();
    expect(read(answered, 'responseSent', answer)).toEqual({ txn, dialog: dialogId });
    expect(answered.sip.header('contact')).toBe(`<sip:foo@127.0.0.1:${stage.engine.sip.port}>`);
    expect(answered.sip.header('content-type')).toBe('application/sdp');
    expect(answered.sip.tag('to')).toBe(rang.sip.tag('to'));

    await call.answered();
    // The ACK of the first INVITE carries its transaction.
    expect(read(await app.next(), 'message')).toEqual({ txn, dialog: dialogId });

    call.next('INFO');
    const info = read(await app.next(), 'message');
    expect(info.dialog).toBe(dialogId);
    expect(info.txn).not.toBe(txn);
    const accepted = app.send(`sip|${info.txn}|\r\n${response('200 OK')}`);
    expect(read(await app.next(), 'responseSent', accepted)).toEqual(info);

    call.next('BYE');
    const bye = read(await app.next(), 'message');
    expect(bye.dialog).toBe(dialogId);
    const ended = app.send(`sip|${bye.txn}|\r\n${response('200 OK')}`);
    expect(read(await app.next(), 'responseSent', ended)).toEqual(bye);
    const again = app.send(`sip|${bye.txn}|\r\n${response('200 OK')}`);
    const useless = await app.next();
    read(useless, 'refused', again);
    expect(useless.tokens[4]).toBe('Response not sent due to unknown transaction');
  });

  it('of a call that is cancelled by the caller', async () => {
    await welcomed();
    const call = new Caller(party, stage.engine.sip.port);
    call.invite();
    const { txn } = read(await app.next(), 'newRequest');
    call.cancel();
    const cancel = await app.next();
    // Transaction and dialog of the INVITE.
    expect(read(cancel, 'message')).toEqual({ txn, dialog: `${call.callId};from-tag=${call.fromTag}` });
    expect(cancel.sip.method).toBe('CANCEL');
    const late = app.send(`sip|${txn}|\r\n${response('487 Request Terminated')}`);
    read(await app.next(), 'refused', late);
    call.learn(await party.response(487, 'INVITE'));
    call.ack(1, call.branch);
  });

  it('of a call of its own, with a reliable provisional answer, and of the ACK that never comes', async () => {
    await welcomed();
    const { port } = stage.engine.sip;
    const own = app.send(
      `sip||\r\nINVITE sip:bob@127.0.0.1:${party.port} SIP/2.0\r\nfrom: sip:sipp@localhost\r\ncontact: sip:sipp@localhost\r\n\r\n${SDP}`,
    );
    const sent = await app.next();
    const { txn } = read(sent, 'requestSent', own);
    // The echo is what left: Call-ID, tags and numbers are final.
    expect(sent.sip.text).toBe((await party.request('INVITE')).text);
    expect(sent.sip.header('from')).toMatch(new RegExp(`^<sip:sipp@127\\.0\\.0\\.1:${port}>;tag=[\\w.-]+$`));
    expect(sent.sip.header('contact')).toBe(`<sip:sipp@127.0.0.1:${port}>`);
    expect(sent.sip.header('max-forwards')).toBe('70');
    const dialog = `${sent.sip.header('call-id')};from-tag=${sent.sip.tag('from')}`;

    const headers = [`Contact: ${party.contact}`];
    party.answer(sent.sip, port, 183, { toTag: 'b', headers: [...headers, 'Require: 100rel', 'RSeq: 1'] });
    expect(read(await app.next(), 'message')).toEqual({ txn, dialog });
    const prack = app.send(`sip||${dialog}\r\nPRACK sip:placeholder SIP/2.0\r\nrack: 1 ${sent.sip.cseq} INVITE\r\n\r\n`);
    const pracked = await app.next();
    const prackTxn = read(pracked, 'requestSent', prack).txn;
    expect(pracked.sip.header('rack')).toBe(`1 ${sent.sip.cseq} INVITE`);
    expect(pracked.sip.cseq).toBe(sent.sip.cseq + 1);
    party.answer(await party.request('PRACK'), port, 200);
    expect(read(await app.next(), 'message')).toEqual({ txn: prackTxn, dialog });

    party.answer(sent.sip, port, 200, { toTag: 'b', headers, body: SDP });
    expect(read(await app.next(), 'message')).toEqual({ txn, dialog });
    const ack = app.send(`sip||${dialog}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
    read(await app.next(), 'requestSent', ack);
    const bye = app.send(`sip||${dialog}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
    const byeTxn = read(await app.next(), 'requestSent', bye).txn;
    party.answer(await party.request('BYE'), port, 200);
    expect(read(await app.next(), 'message')).toEqual({ txn: byeTxn, dialog });

    const call = new Caller(party, port);
    call.invite();
    const incoming = read(await app.next(), 'newRequest');
    app.send(`sip|${incoming.txn}|\r\n${response('200 OK', '', SDP)}`);
    await app.next();
    const forced = await app.next();
    expect(read(forced, 'unsolicited').dialog).toBe(`${call.callId};from-tag=${call.fromTag}`);
    expect(forced.sip.header('reason')).toBe('SIP;cause=200;text="ACK timeout"');
    party.answer(await party.request('BYE'), port, 200);
  });

  it('of a refused call of its own, whose ACK the server sends', async () => {
    await welcomed();
    const own = app.send(`sip||\r\nINVITE sip:bob@127.0.0.1:${party.port} SIP/2.0\r\n\r\n${SDP}`);
    const sent = await app.next();
    const { txn } = read(sent, 'requestSent', own);
    party.answer(await party.request('INVITE'), stage.engine.sip.port, 404, { toTag: 'b' });
    const dialog = `${sent.sip.header('call-id')};from-tag=${sent.sip.tag('from')}`;
    // Responses to INVITE always name the dialog, refusals too.
    expect(read(await app.next(), 'message')).toEqual({ txn, dialog });
    await party.request('ACK');
    const ack = app.send(`sip||${dialog}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
    const useless = await app.next();
    read(useless, 'refused', ack);
    expect(useless.tokens[4]).toBe('Server error: ACK for non-success final response is automatically generated by server');
  });

  it('of a request outside dialogs, whose answers name none', async () => {
    await welcomed();
    const own = app.send(`sip||\r\nMESSAGE sip:bob@127.0.0.1:${party.port} SIP/2.0\r\nContent-Type: text/plain\r\n\r\nhello`);
    const { txn } = read(await app.next(), 'requestSent', own);
    party.answer(await party.request('MESSAGE'), stage.engine.sip.port, 202);
    expect(read(await app.next(), 'message')).toEqual({ txn, dialog: '' });
  });
});
