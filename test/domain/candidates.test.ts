import { expect, it } from 'vitest';
import { excludedGroup, requestUriOf } from '../../src/domain/candidates.ts';

const candidate = (uri: string, dialUser: string | null) => ({ ...excludedGroup('g', ''), uri, dialUser });

it.each([
  ['sip:gw.example:5060', '+442071838750', 'sip:+442071838750@gw.example:5060'],
  ['sip:gw.example;transport=tcp', '442071838750', 'sip:442071838750@gw.example;transport=tcp'],
  ['sips:[2001:db8::1]:5061', '112', 'sips:112@[2001:db8::1]:5061'],
  ['sip:trunk@gw.example', '+1', 'sip:+1@gw.example'],
  ['sip:gw.example', '*97', 'sip:*97@gw.example'],
  ['sip:gw.example', '#31#', 'sip:%2331%23@gw.example'],
  ['sip:alice@pbx.example:5070', null, 'sip:alice@pbx.example:5070'],
])('%s asked for %s is dialled as %s', (uri, user, dialled) => expect(requestUriOf(candidate(uri, user))).toBe(dialled));
