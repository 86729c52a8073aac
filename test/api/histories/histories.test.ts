import { afterAll, beforeAll, expect, it } from 'vitest';
import { chooseCommand } from './choose-command.ts';
import { compareMoney, compareNumbers, compareView } from './compare-numbers.ts';
import { compareGroup, compareOrder, comparePapers } from './compare-orders.ts';
import { seededDice } from './dice.ts';
import { type HistoriesApi, newWorld, openHistoriesApi, type World } from './histories-world.ts';
import type { Command } from './machine-commands.ts';
import { DEADLINE_MS, PARENTS } from './machine-state.ts';
import { sendCommand } from './send-command.ts';

let api: HistoriesApi;
beforeAll(async () => {
  api = await openHistoriesApi();
});
afterAll(() => api.close());

// PROPERTY_SEED plays a history again, PROPERTY_MS is for the night, PROPERTY_SHOW for what was met.
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 1_000_000_000);
const LIMIT_MS = Number(process.env.PROPERTY_MS ?? 12_000);
const STEPS = 40;

const met = new Map<string, number>();

/** Whose eyes a command is looked at with: its author's, or the holder's. */
const eyeOf = (command: Command, step: number): number => ('by' in command && command.by !== null ? command.by : step % PARENTS.length);

/** After a change or a wait everything that it may have touched, in every face; a refusal that did something shows at the next one. */
async function compare(world: World, command: Command, step: number): Promise<void> {
  const eye = eyeOf(command, step);
  await Promise.all([compareNumbers(world, touchedBy(world, command)), compareMoney(world), compareView(world, eye)]);
  await comparePapers(world, eye);
  const placed = command.do === 'order' || command.do === 'buy' ? world.orders.length - 1 : null;
  const order = 'order' in command ? command.order : placed;
  if (order !== null && world.orders[order] !== undefined) await compareOrder(world, order);
  if ('group' in command && command.group !== null && world.groups[command.group] !== undefined) await compareGroup(world, command.group);
}

/** The numbers that a command is about; all of them for the worker, who looks at everybody. */
function touchedBy({ model }: World, command: Command): readonly number[] {
  if ('number' in command) return [command.number];
  if ('numbers' in command) return command.numbers;
  if ('order' in command) return (model.orders[command.order]?.items ?? []).map(({ number }) => number);
  return command.do === 'work' ? [...model.numbers.keys()] : [];
}

/** What every run meets, whatever the dice say: a deadline and a window that pass, something foreign, and everything sent twice. */
const STORY: readonly Command[] = [
  { do: 'order', by: 0, numbers: [0, 4], group: null },
  { do: 'cancel', by: 2, order: 0, sub: 0 },
  { do: 'reserve', by: 1, numbers: [5] },
  { do: 'release', by: 0, number: 4, face: 'vobiz' },
  { do: 'wait', ms: DEADLINE_MS },
  { do: 'work' },
];

async function live(seed: number): Promise<number> {
  const dice = seededDice(seed);
  const world = await newWorld(api);
  const told: Command[] = [];
  try {
    for (let step = 0; step < STEPS; step += 1) {
      api.clock.advance(7);
      const command = chooseCommand(dice, world.model, api.clock.now());
      told.push(command);
      const { face, kind, isChange } = await sendCommand(world, command, dice.once(4));
      const what = `${face} ${command.do} ${kind}${kind === 'ok' && !isChange ? ', unchanged' : ''}`;
      met.set(what, (met.get(what) ?? 0) + 1);
      if (isChange || command.do === 'wait') await compare(world, command, step);
    }
    await Promise.all([compareNumbers(world, [...world.numbers.keys()]), compareMoney(world)]);
    for (const eye of PARENTS.keys()) await Promise.all([compareView(world, eye), comparePapers(world, eye)]);
    for (const order of world.orders.keys()) await compareOrder(world, order);
    for (const group of world.groups.keys()) await compareGroup(world, group);
  } catch (error) {
    const story = told.map((command, step) => `${step}: ${JSON.stringify(command)}`).join('\n');
    throw new Error(`PROPERTY_SEED=${seed} after ${told.length} commands:\n${story}`, { cause: error });
  }
  return told.length;
}

it('a deadline and a release that run out, and what is foreign, are the same in the model', async () => {
  const world = await newWorld(api);
  for (const [step, command] of STORY.entries()) {
    await sendCommand(world, command, true);
    await compare(world, command, step);
  }
  expect(world.model.numbers.map(({ lifecycle }) => lifecycle)).toEqual(world.model.numbers.map(() => 'available'));
});

it(
  'random histories through four faces agree with the model: number, order, sub-order, value, group and reservation',
  async () => {
    const startedAt = performance.now();
    let commands = 0;
    let histories = 0;
    while (histories === 0 || (process.env.PROPERTY_SEED === undefined && performance.now() - startedAt < LIMIT_MS)) {
      commands += await live(SEED + histories);
      histories += 1;
    }
    console.info(`PROPERTY_SEED=${SEED}: ${histories} histories, ${commands} commands`);
    if (process.env.PROPERTY_SHOW !== undefined) console.info(Object.fromEntries([...met].toSorted()));
    expect(commands).toBeGreaterThanOrEqual(STEPS * histories);
  },
  LIMIT_MS + 60_000,
);

it.each([
  [1, 'invariant 1: a number had at most one holder whenever it was looked at'],
  [7, 'invariant 7: the ledger summed to wallet and holds whenever they were looked at'],
  [8, 'invariant 8: a request that came again under its key had no second effect'],
  [11, 'invariant 11: what is somebody else’s was answered as what does not exist'],
  [13, 'invariant 13: every change left one audit row, and nothing else left any'],
  [14, 'invariant 14: deadlines and releases that ran again changed nothing'],
])('in these histories (%i): %s', (invariant) => {
  expect(api.looks.get(invariant) ?? 0).toBeGreaterThan(0);
});
