import { describe, expect, it } from 'vitest';
import { type Effect, effectOf, endsUsage, mayEndDialog } from '../../src/kit/sip-usages.ts';

const METHODS = ['INVITE', 'UPDATE', 'INFO', 'PRACK', 'BYE', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'MESSAGE', 'OPTIONS', 'X-NEW'] as const;
const SPARING = ['PRACK', 'BYE', 'REFER', 'MESSAGE'];

/** The methods by whose request this status has this effect. */
const having = (status: number, effect: Effect): string[] => METHODS.filter((method) => effectOf(method, status) === effect);

describe('the answer to a request in a dialog (RFC 5057 §5)', () => {
  it.each([200, 202, 302, 400, 401, 403, 407, 415, 420, 422, 486, 488, 491, 500, 503, 504, 600, 603])(
    '%i ends its transaction alone',
    (status) => {
      expect([having(status, 'usage'), having(status, 'dialog')]).toEqual([[], []]);
    },
  );

  it.each([404, 410, 416, 482, 483, 484, 485, 502, 604])(
    '%i ends the dialog, but where it speaks of what was named or carried',
    (status) => {
      expect(having(status, 'dialog')).toEqual(METHODS.filter((method) => !SPARING.includes(method)));
      expect(having(status, 'usage')).toEqual([]);
    },
  );

  it.each([
    [481, ['INVITE', 'UPDATE', 'INFO', 'SUBSCRIBE', 'NOTIFY']],
    // RFC 6665 §4.1.2.2: a subscription that could not be renewed in time lives on.
    [408, ['INVITE', 'UPDATE', 'INFO', 'NOTIFY']],
    // RFC 3261 §14.1: a change that is refused leaves the call as it was.
    [405, ['SUBSCRIBE', 'NOTIFY']],
    [480, ['SUBSCRIBE', 'NOTIFY']],
    [489, ['SUBSCRIBE', 'NOTIFY']],
    [501, ['SUBSCRIBE', 'NOTIFY']],
  ])('%i ends the usage of %j', (status, methods) => {
    expect([having(status, 'usage'), having(status, 'dialog')]).toEqual([methods, []]);
  });

  it('ends of the usages its own alone, or all of them', () => {
    const table = (['invite', 'subscribe'] as const).map((usage) =>
      (['INFO', 'NOTIFY', 'OPTIONS'] as const).map((method) => [481, 404, 500].filter((status) => endsUsage(usage, method, status))),
    );
    expect(table).toEqual([
      [[481, 404], [404], [404]],
      [[404], [481, 404], [404]],
    ]);
  });

  it('is kept from who would end another dialog by it', () => {
    const kept = Array.from({ length: 400 }, (_, index) => 300 + index).filter(mayEndDialog);
    expect(kept).toEqual([404, 408, 410, 416, 481, 482, 483, 484, 485, 502, 604]);
  });
});
