import { expect, it } from 'vitest';
import { longerSessionOffer, sessionAnswer } from '../../src/sip/session-fields.ts';

const refusal = (status: number, minSe?: string) => ({ status, header: (name: string) => (name === 'Min-SE' ? minSe : undefined) });

it.each([
  [null, 1800],
  [refusal(421, '3600'), 1800],
  [refusal(422), 1800],
  [refusal(422, 'soon'), 1800],
  [refusal(422, '1800'), 1800],
  [refusal(422, '90000'), 1800],
  [refusal(422, '3600'), 0],
])('nothing longer is offered upon %j with a session of %i seconds', (reply, seconds) => {
  expect(longerSessionOffer(reply, seconds)).toBeNull();
});

it('a 422 that says how long is offered that, refreshed by the far side (RFC 4028 §7.3)', () => {
  expect(longerSessionOffer(refusal(422, ' 3600 ;x=1'), 1800)).toEqual({
    Supported: 'timer',
    'Session-Expires': '3600;refresher=uas',
    'Min-SE': '3600',
  });
});

it.each([
  [{}, '1800'],
  [{ 'Session-Expires': '600' }, '600'],
  [{ 'Session-Expires': '60' }, '90'],
  [{ 'Session-Expires': '3600' }, '1800'],
  [{ 'Session-Expires': '3600', 'Min-SE': '900' }, '1800'],
  [{ 'Session-Expires': '3600', 'Min-SE': ' 3600 ;x=1' }, '3600'],
  [{ 'Session-Expires': '7200', 'Min-SE': '3600' }, '3600'],
  [{ 'Min-SE': '3600' }, '3600'],
  [{ 'Session-Expires': '3600', 'Min-SE': '7200' }, '3600'],
  [{ 'Session-Expires': '3600', 'Min-SE': 'soon' }, '1800'],
])('a caller with %j gets %s of our 1800 seconds: no more than he asks for, no less than he allows (RFC 4028 §9)', (fields, expected) => {
  const headers: Readonly<Record<string, string>> = { Supported: 'timer', ...fields };
  const invite = { header: (name: string) => headers[name] };
  expect(sessionAnswer(invite, 1800)).toEqual({ 'Session-Expires': `${expected};refresher=uac`, Require: 'timer' });
});
