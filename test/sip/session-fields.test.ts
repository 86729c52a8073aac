import { expect, it } from 'vitest';
import { longerSessionOffer } from '../../src/sip/session-fields.ts';

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
