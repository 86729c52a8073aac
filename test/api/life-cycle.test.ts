import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { arbitraryStep, type Command, type Step } from './life-cycle-commands.ts';
import { compareAccounts, compareAll, compareNumbers, compareView } from './life-cycle-compare.ts';
import { edgeOf, type Outcome, play } from './life-cycle-model.ts';
import { codeIn, hangUp, requestOf, ring, saidOf } from './life-cycle-play.ts';
import { aim, numberAt } from './life-cycle-state.ts';
import { BOUGHT, EVERY_ANSWER, STORY } from './life-cycle-story.ts';
import { type LifeCycleApi, newWorld, openLifeCycleApi, type World } from './life-cycle-world.ts';

let api: LifeCycleApi;
beforeAll(async () => {
  api = await openLifeCycleApi();
});
afterAll(() => api.close());

/** How often each kind of answer was given, so that the test can tell that it met them. */
const met = new Map<string, number>();

const count = (what: string) => met.set(what, (met.get(what) ?? 0) + 1);

/** Time passes before every command, and up to the end of a wait where the command asks for it. */
function moveClock(world: World, command: Command): void {
  api.clock.advance(command.do === 'wait' ? command.ms : 7);
  if (!('when' in command) || command.when === 'now') return;
  const edge = edgeOf(world.model, command, api.clock.now());
  const target = edge === null ? 0 : edge - (command.when === 'second_before' ? 1000 : 0);
  api.clock.advance(Math.max(0, target - api.clock.now()));
}

async function send(world: World, command: Command): Promise<void> {
  const request = requestOf(world, command);
  if (request === null) return;
  const [face, method, path, given, status] = request;
  const outcome = play(world.model, command, api.clock.now());
  const requestId = newId();
  const answer = await api.call(method, path, { ...given, headers: { ...given.headers, 'X-Request-Id': requestId } });
  expect([answer.status, codeIn(face, answer)], answer.text).toEqual(saidOf(face, command, outcome.kind, status));
  count(`${face} ${command.do} ${outcome.kind}${outcome.kind === 'ok' && outcome.action === null ? ', unchanged' : ''}`);
  if (outcome.freeAt !== undefined) {
    const left = outcome.freeAt - api.clock.now();
    expect(answer.body).toEqual({
      error: 'did_cool_off_in_effect',
      cool_off_until: new Date(Math.ceil(outcome.freeAt / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
      cool_off_remaining_seconds: Math.ceil(left / 1000),
    });
  }
  if (outcome.kind === 'ok' && 'number' in command && face !== 'telnyx') {
    const ref = recordRef.number('live', world.numbers[command.number]?.e164 ?? '');
    expect(answer.headers.get('dialplane-version')).toBe(`${ref}:${numberAt(world.model, command.number).version}`);
  }
  await compareAudit(requestId, outcome);
}

/** One row for what changed something, none for what did not (invariant 13). */
async function compareAudit(requestId: string, { action, force }: Outcome): Promise<void> {
  const rows = await api.sql("select action, forced, after->'force'->'needed' as needed from audit where request_id = $1", [requestId]);
  const expected = { action, forced: Boolean(force), needed: force?.needed ?? null };
  expect(rows).toEqual(action === null ? [] : [expected]);
}

async function live(world: World, steps: readonly Step[]): Promise<void> {
  for (const [given, eye, stray] of steps) {
    const command = stray ? given : aim(world.model, given);
    moveClock(world, command);
    if (command.do === 'ring') await ring(world, command.number);
    if (command.do === 'hang_up') await hangUp(world, command.number);
    await send(world, command);
    await compareNumbers(world);
    if (MONEY.has(command.do)) await compareAccounts(world);
    if ('number' in command) await compareView(world, command.number, eye);
  }
  await compareAll(world);
}

/** After the others, accounts are looked at once, at the end. */
const MONEY: ReadonlySet<Command['do']> = new Set(['account', 'buy', 'credit']);

// FC_RUNS is for the night, FC_SEED for a failure that fast-check has printed, FC_SHOW for what was met.
const RUNS = Number(process.env.FC_RUNS ?? 20);
const SEED = Number(process.env.FC_SEED ?? Date.now() % 1_000_000);
const LIMIT_MS = process.env.FC_RUNS === undefined ? 25_000 : RUNS * 10_000;

it('a number has one life in all faces: a story that meets every answer', async () => {
  met.clear();
  await live(await newWorld(api), STORY);
  expect([...met.keys()].toSorted()).toEqual(EVERY_ANSWER);
}, 60_000);

it(
  'random histories agree with a model: holder, flags, money, cool-off, versions, audit and record',
  async () => {
    met.clear();
    const histories = fc.noBias(fc.array(arbitraryStep, { minLength: 5, maxLength: 35, size: 'max' }));
    let lived = 0;
    const property = fc.asyncProperty(histories, async (steps) => {
      const world = await newWorld(api);
      for (const command of BOUGHT) await send(world, command);
      await compareNumbers(world);
      await live(world, steps);
      lived += 1;
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: false });
    expect(lived).toBeGreaterThan(0);
    if (process.env.FC_SHOW !== undefined) console.info(`seed ${SEED}: ${lived} histories`, Object.fromEntries(met));
  },
  LIMIT_MS + 60_000,
);
