import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareMoney, compareNumbers, compareView } from './compare-numbers.ts';
import { compareGroup, compareOrder, comparePapers } from './compare-orders.ts';
import {
  groupMachine,
  LATER,
  type Machine,
  NOTHING,
  newSubject,
  numberMachine,
  orderMachine,
  RICH,
  reservationMachine,
  type Subject,
} from './edge-machines.ts';
import { cellsOf, GROUP_EDGES, NUMBER_EDGES, ORDER_EDGES, RESERVATION_EDGES } from './edge-tables.ts';
import { type HistoriesApi, newWorld, openHistoriesApi, type World } from './histories-world.ts';
import type { Command } from './machine-commands.ts';
import { sendCommand } from './send-command.ts';

let api: HistoriesApi;
beforeAll(async () => {
  api = await openHistoriesApi();
});
afterAll(() => api.close());

/** A subject in a state; whatever leads there must succeed. */
async function enter(world: World, machine: Machine, state: string): Promise<Subject> {
  await sendCommand(world, LATER);
  const subject = await newSubject(world, state);
  for (const command of machine.states[state]?.(subject) ?? []) {
    const { kind } = await sendCommand(world, command);
    expect(kind, `${state}: ${JSON.stringify(command)}`).toBe('ok');
  }
  return subject;
}

/** What the last of a cell's commands comes to; those before it make what it is about. */
async function answerOf(world: World, machine: Machine, subject: Subject, commands: readonly Command[]): Promise<string> {
  for (const command of commands.slice(0, -1)) await sendCommand(world, command);
  const { kind, isChange } = await sendCommand(world, commands.at(-1) as Command);
  if (kind !== 'ok') return kind;
  return isChange ? `ok:${machine.stateOf(world, subject)}` : 'same';
}

async function compare(world: World, { order, group, ...of }: Subject): Promise<void> {
  await compareNumbers(world, [of.local, of.local2, of.national, of.national2]);
  if (world.orders[order] !== undefined) await compareOrder(world, order);
  if (world.groups[group] !== undefined) await compareGroup(world, group);
}

type Row = Readonly<Record<string, string>>;
const isOwn = (cell: string | undefined, commands: readonly Command[]): boolean => cell?.startsWith('ok') === true || commands.length > 1;

/** Every face shows the state in its own words; then what changes nothing, one after the other on one subject. */
async function playRefusals(world: World, machine: Machine, [state, row]: readonly [string, Row]): Promise<Record<string, string>> {
  const subject = await enter(world, machine, state);
  for (const eye of world.accounts.keys()) await compareView(world, eye);
  const answers: Record<string, string> = {};
  for (const [name, commandsFor] of Object.entries(machine.commands)) {
    const commands = commandsFor(subject);
    if (!isOwn(row[name], commands)) answers[name] = await answerOf(world, machine, subject, commands);
  }
  await compare(world, subject);
  await Promise.all([comparePapers(world, 0), compareMoney(world)]);
  return answers;
}

/** What changes something, each on a subject of its own. */
async function playChanges(world: World, machine: Machine, [state, row]: readonly [string, Row]): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const [name, commandsFor] of Object.entries(machine.commands)) {
    if (!isOwn(row[name], commandsFor(NOTHING))) continue;
    const subject = await enter(world, machine, state);
    answers[name] = await answerOf(world, machine, subject, commandsFor(subject));
    await compare(world, subject);
  }
  await compareMoney(world);
  return answers;
}

async function play(machine: Machine, table: string): Promise<void> {
  const cells = cellsOf(table);
  const found: Record<string, Row> = {};
  expect(Object.keys(cells)).toEqual(Object.keys(machine.states));
  // Lists have an end: what changes has a world of its own.
  const [shown, changing] = [await newWorld(api), await newWorld(api)];
  for (const world of [shown, changing]) for (const command of RICH) await sendCommand(world, command);
  for (const row of Object.entries(cells)) {
    expect(Object.keys(row[1]), row[0]).toEqual(Object.keys(machine.commands));
    found[row[0]] = { ...(await playRefusals(shown, machine, row)), ...(await playChanges(changing, machine, row)) };
  }
  expect(found).toEqual(cells);
}

it.each([
  ['a number', numberMachine, NUMBER_EDGES],
  ['an order, its sub-order and its values', orderMachine, ORDER_EDGES],
  ['a requirement group', groupMachine, GROUP_EDGES],
  ['a reservation', reservationMachine, RESERVATION_EDGES],
])(
  '%s: every command in every state comes to what the table says, and a refusal changes nothing',
  async (_, machine, table) => {
    await play(machine, table);
  },
  // A busy machine takes its time.
  300_000,
);
