import { DRACHTIO_BIN } from '../../support/drachtio-server.ts';

/**
 * The tests that make sense on one of the two SIP servers alone, and why; all others have the same outcomes on both (invariant 15).
 * The page docs/RUNBOOK.md tells operators of the same differences.
 */
const ONLY_ON = {
  'grace of the engine': { on: 'embedded', because: 'a drachtio-server leaves the dialogs of a lost application be, for ever' },
  'strangers are forgotten': { on: 'embedded', because: '`silentInvites` and counters of what waits are settings of our engine' },
  'flow failed': { on: 'embedded', because: 'a drachtio-server tries to connect to a NAT before it gives up, and does not say 430' },
  'REFER outside of a dialog': { on: 'embedded', because: 'a drachtio-server drops it without a word' },
  'metrics of the SIP server': { on: 'embedded', because: 'a drachtio-server counts its messages in metrics of its own' },
  'bans are dropped early': { on: 'embedded', because: 'a drachtio-server cannot be told: agents answer 403 or nothing themselves' },
  'Route of an application': {
    on: 'embedded',
    because: 'a drachtio-server drops it; such a call goes through the first proxy of its Path',
  },
  'remove_route of one method': { on: 'embedded', because: 'a drachtio-server takes away all: an agent that drains hears no REGISTER' },
  'early dialogs': { on: 'embedded', because: 'a drachtio-server tells applications nothing of a BYE in place of a CANCEL' },
  traces: { on: 'embedded', because: 'a drachtio-server keeps no messages that an application could ask for' },
  'folded fields': {
    on: 'embedded',
    because: 'a drachtio-server answers 500 to a field whose value goes on in the next line as it was sent',
  },
  'answers nobody acknowledges': { on: 'embedded', because: 'a drachtio-server waits 32 s for an ACK, whatever its timers are' },
  'cut off, calls go on': { on: 'embedded', because: 'our engine ends no dialog of an application that is connected, for nobody' },
  'cut off, calls end': { on: 'drachtio', because: 'a drachtio-server ends any dialog for whoever asks (decision C9)' },
} as const satisfies Readonly<Record<string, { readonly on: 'embedded' | 'drachtio'; readonly because: string }>>;

/** Whether a test of the table makes sense on the SIP server that stages have now. */
export const onlyOn = (what: keyof typeof ONLY_ON): boolean => (ONLY_ON[what].on === 'drachtio') === (DRACHTIO_BIN !== undefined);
