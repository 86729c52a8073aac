import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../src/domain/call-event.ts';
import { type AttemptEnd, bestFinal, DEFAULT_FAILOVER, nextStep } from '../../src/domain/failover.ts';
import { mergedRules } from '../../src/domain/failover-rules.ts';
import { mergedTerms } from '../../src/domain/gateway-terms.ts';
import { CALL_REFUSALS } from '../../src/domain/refusal.ts';

const failed = (sipStatus: number): AttemptEnd => ({ outcome: 'failed', sipStatus });
const ended = (outcome: AttemptOutcome, sipStatus: number | null = null): AttemptEnd => ({ outcome, sipStatus });
const { inbound, outbound } = DEFAULT_FAILOVER;

describe('after an attempt', () => {
  it.each([486, 600, 603, 604, 606, 607, 487, 404, 410, 484, 485])('that ended with %d nobody else is tried', (status) => {
    expect(nextStep(failed(status), inbound)).toBe('final');
    expect(nextStep(failed(status), outbound)).toBe('final');
  });

  it.each([300, 302, 400, 401, 403, 407, 408, 413, 415, 420, 422, 480, 481, 482, 488, 491, 500, 501, 502, 503, 504, 505, 580])(
    'that ended with %d the next target is tried',
    (status) => {
      expect(nextStep(failed(status), inbound)).toBe('next');
      expect(nextStep(failed(status), outbound)).toBe('next');
    },
  );

  it.each([
    ['answered', 'answered', 'answered'],
    ['cancelled', 'final', 'final'],
    ['no_response', 'next', 'next'],
    ['unreachable', 'next', 'next'],
    // The next desk may be rung; a second carrier would only ring the same phone again.
    ['ring_timeout', 'next', 'final'],
  ] as const)('that was %s: inbound %s, outbound %s', (outcome, inward, outward) => {
    expect(nextStep(ended(outcome), inbound)).toBe(inward);
    expect(nextStep(ended(outcome), outbound)).toBe(outward);
  });

  // Each row: what the gateway says, what its group says, what the platform says, an end, and what follows.
  it.each([
    ['a status that is named ends the search', {}, {}, { finalOn: ['503'] }, failed(503), 'final'],
    ['the group has its word before the platform', {}, { nextOn: ['503'] }, { finalOn: ['503'] }, failed(503), 'next'],
    ['the gateway has its word before the group', { finalOn: ['503'] }, { nextOn: ['503'] }, {}, failed(503), 'final'],
    ['a class counts for each of its statuses', { finalOn: ['5xx'] }, {}, {}, failed(500), 'final'],
    ['a status goes before its class', { finalOn: ['5xx'], nextOn: ['503'] }, {}, {}, failed(503), 'next'],
    ['a carrier that says busy for its own trouble is passed over', { nextOn: ['486'] }, {}, {}, failed(486), 'next'],
    ['a class takes no word from a person', { nextOn: ['4xx', '6xx'] }, {}, {}, failed(486), 'final'],
    ['a decline by itself may be named too', {}, { nextOn: ['603'] }, {}, failed(603), 'next'],
    ['other 6xx stay final', {}, { nextOn: ['603'] }, {}, failed(600), 'final'],
    ['nothing undoes that the caller gave up', { nextOn: ['487'] }, {}, {}, failed(487), 'final'],
    ['a wrong number may be asked elsewhere', {}, { nextOn: ['404'] }, {}, failed(404), 'next'],
    ['silence ends it where that is said', {}, { noResponse: 'final' }, {}, ended('no_response'), 'final'],
    ['the gateway may go on after silence', { noResponse: 'next' }, { noResponse: 'final' }, {}, ended('no_response'), 'next'],
    ['nobody answering goes on where that is said', {}, {}, { ringTimeout: 'next' }, ended('ring_timeout'), 'next'],
    ['a full gateway is always passed over', { finalOn: ['503', '5xx'] }, {}, {}, ended('limit_reached'), 'next'],
    ['an address nobody reaches is always passed over', { noResponse: 'final' }, {}, {}, ended('unreachable'), 'next'],
  ] as const)('%s', (_name, gateway, group, platform, end, step) => {
    const own = mergedTerms({ failover: gateway }, { failover: group })?.failover;
    expect(nextStep(end, mergedRules(own, mergedRules(platform, outbound)))).toBe(step);
  });
});

describe('the last answer', () => {
  const NO_CARRIER = '503 no_carrier';
  const UNREACHABLE = '480 target_unreachable';
  it.each([
    ['nothing tried', [], NO_CARRIER, UNREACHABLE],
    ['401 never reaches A', [failed(401)], NO_CARRIER, UNREACHABLE],
    ['407 never reaches A', [failed(407)], NO_CARRIER, UNREACHABLE],
    ['408 never reaches A', [failed(408)], NO_CARRIER, UNREACHABLE],
    ['5xx never reach A', [failed(500), failed(502), failed(503), failed(504)], NO_CARRIER, UNREACHABLE],
    ['a redirect never reaches A', [failed(302)], NO_CARRIER, UNREACHABLE],
    ['400 never reaches A', [failed(400)], NO_CARRIER, UNREACHABLE],
    ['no answer at all', [ended('no_response'), ended('unreachable')], NO_CARRIER, UNREACHABLE],
    ['busy', [failed(486)], '486', '486'],
    ['busy after a failure', [failed(503), failed(486)], '486', '486'],
    ['declined', [failed(503), failed(603)], '603', '603'],
    ['600', [failed(600)], '600', '600'],
    ['604', [failed(604)], '604', '604'],
    ['606', [failed(606)], '606', '606'],
    ['another 6xx', [failed(607)], '603', '603'],
    ['6xx before busy', [failed(486), failed(603)], '603', '603'],
    ['busy before unavailable', [failed(480), failed(486)], '486', '486'],
    ['unavailable', [failed(480), failed(503)], '480', '480'],
    ['unavailable before unknown', [failed(404), failed(480)], '480', '480'],
    ['unknown', [failed(503), failed(404)], '404', '404'],
    ['gone', [failed(410)], '410', '410'],
    ['incomplete', [failed(484)], '484', '484'],
    ['unknown before forbidden', [failed(403), failed(404)], '404', '404'],
    ['the first of equals', [failed(410), failed(404)], '410', '410'],
    ['forbidden', [failed(403), failed(500)], '403', '403'],
    ['forbidden before not acceptable', [failed(488), failed(403)], '403', '403'],
    ['not acceptable', [failed(488), failed(503)], '488 not_acceptable', '488 not_acceptable'],
    ['nobody answered', [failed(503), ended('ring_timeout')], '480 ring_timeout', '480 ring_timeout'],
    ['nobody answered, then unknown', [ended('ring_timeout'), failed(404)], '480 ring_timeout', '480 ring_timeout'],
    ['nobody answered, then busy', [ended('ring_timeout'), failed(486)], '486', '486'],
    ['487 that we did not ask for', [failed(487)], '480', '480'],
    ['cancelled by A', [failed(503), ended('cancelled')], '487', '487'],
    ['cancelled by A, busy before', [failed(486), ended('cancelled', 487)], '487', '487'],
  ] as const)('%s: %j → %s out, %s in', (_name, ends, out, into) => {
    const shown = (direction: 'inbound' | 'outbound') => {
      const { sipStatus, code } = bestFinal(direction, ends);
      if (code !== null) expect(CALL_REFUSALS[code].sipStatus).toBe(sipStatus);
      return code === null ? String(sipStatus) : `${sipStatus} ${code}`;
    };
    expect(shown('outbound')).toBe(out);
    expect(shown('inbound')).toBe(into);
  });
});
