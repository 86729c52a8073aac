import { describe, expect, it } from 'vitest';
import { type Outcome, playHistory } from './simulation/call-history.ts';

/** `HISTORY_SEED=<n>` plays one again and prints its messages; `HISTORIES=<n>` plays more. */
const ONE = process.env.HISTORY_SEED === undefined ? undefined : Number(process.env.HISTORY_SEED);
const COUNT = ONE === undefined ? Number(process.env.HISTORIES ?? 1000) : 1;

/** What has to have happened somewhere among them, or they prove too little. */
const WANTED = [
  'udp',
  'tcp',
  'answered',
  'refused',
  'silent',
  'cancel',
  'reliable',
  'acknowledged',
  'in dialog INVITE',
  'in dialog UPDATE',
  'in dialog INFO',
  'bye at the caller',
  'bye at the called',
  'bye was answered',
  'call was gone',
  'engine ended it for the caller',
  'engine ended it for the called',
  'caller heard 4xx',
];

describe('calls through two engines over a network that loses, doubles, delays and forks', () => {
  it(`leave nothing behind and agree that they are over, in each of ${COUNT} histories`, { timeout: 30_000 + 100 * COUNT }, async () => {
    const first = ONE ?? Math.floor(Math.random() * 2 ** 30);
    console.log(`histories from seed ${first}`);
    const bad: string[] = [];
    const events = new Set<string>();
    let messages = 0;
    for (let seed = first; seed < first + COUNT; seed += 1) {
      const outcome: Outcome = await playHistory(seed);
      messages += outcome.messages;
      for (const event of outcome.events) events.add(event);
      if (ONE !== undefined) console.log(outcome.trace());
      if (outcome.faults.length > 0) bad.push(`HISTORY_SEED=${seed}: ${[...new Set(outcome.faults)].join('; ')}`);
      if (bad.length === 20) break;
    }
    expect(bad).toEqual([]);
    expect(messages).toBeGreaterThan(4 * COUNT);
    if (COUNT >= 500) expect(WANTED.filter((event) => !events.has(event))).toEqual([]);
  });
});
