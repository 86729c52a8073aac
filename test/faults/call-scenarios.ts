import { SHORT } from '../sip/support/call-stage.ts';
import { NUMBER } from '../sip/support/call-world.ts';
import type { Party } from '../support/sip/party.ts';
import { createParty } from '../support/sip/party.ts';
import type { CallSite } from './call-site.ts';

export const SCENARIOS = ['answered', 'failover', 'cancelled', 'refused'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** What the parties of a call saw of it. */
export interface Seen {
  readonly sipCallId: string;
  readonly startedAt: number;
  /** A phone rang. */
  readonly rang: boolean;
  /** The caller heard that somebody answered. */
  readonly answered: boolean;
  /** How far it went: everything that was to happen has happened. */
  readonly completed: boolean;
}

const STEP_MS = 3000;

/** Places a call and plays all of its parties; when the agent dies under it the parties give up as people do. */
export async function playCall(site: CallSite, scenario: ScenarioName, died: Promise<unknown>): Promise<Seen> {
  const parties = await Promise.all(['carrier', 'busy', 'phone'].map((user) => createParty({ t1Ms: SHORT.t1Ms, t2Ms: SHORT.t2Ms, user })));
  const [carrier, busy, phone] = parties as [Party, Party, Party];
  const { world, target } = site.stage;
  await world.site(carrier, phone);
  await world.number({ allowInbound: scenario !== 'refused' });
  if (scenario === 'failover') await world.endpoint([busy, phone]);
  const startedAt = Date.now();
  const call = carrier.invite({ to: NUMBER, target });
  let rang = false;
  const play = async (): Promise<void> => {
    if (scenario === 'refused') return void (await call.final(STEP_MS));
    if (scenario === 'failover') (await busy.expectInvite(STEP_MS)).reject(503);
    const arrived = await phone.expectInvite(STEP_MS);
    rang = true;
    arrived.ring();
    await call.provisional(180, STEP_MS);
    if (scenario === 'cancelled') return void (await call.cancel({ timeoutMs: STEP_MS }));
    arrived.answer();
    await call.answered(STEP_MS);
    await Promise.all([call.bye(), arrived.waitBye(STEP_MS)]);
  };
  const gone = died.then(() => 'died' as const);
  const ended = await Promise.race([
    play().then(
      () => 'completed' as const,
      () => 'broken' as const,
    ),
    gone,
  ]);
  // An INVITE that went out before the end rings all the same.
  rang ||= await phone.expectInvite(50).then(
    () => true,
    () => false,
  );
  await Promise.all(parties.map((party) => party.close()));
  return { sipCallId: call.callId, startedAt, rang, answered: call.confirmed !== undefined, completed: ended === 'completed' };
}
