/**
 * What the decisions say of a number's life, written a second time and without looking: whole milliseconds, account indices instead
 * of ids, and nothing of the product but the words. A step that is refused changes nothing.
 */
import type { Command, Face, Patch } from './life-cycle-commands.ts';
import {
  CLEAN,
  COOL_OFF_MS,
  endpointOf,
  FEES,
  type Hands,
  handsOf,
  holderOf,
  isForSale,
  isShut,
  lastCall,
  lastOfOthers,
  type Model,
  type ModelNumber,
  numberAt,
  PARENTS,
  sees,
  whoIs,
} from './life-cycle-state.ts';

export type Kind =
  | 'ok'
  | 'cool_off'
  | 'endpoint_not_found'
  | 'forbidden'
  | 'insufficient_balance'
  | 'locked'
  | 'not_found'
  | 'not_in_stock'
  | 'number_suspended'
  | 'precondition_failed'
  | 'wrong_state';

/** What a command must come to: refusal or audit row, and the end of a cool-off that is in the way. */
export interface Outcome {
  readonly kind: Kind;
  /** null: nothing changed, so no audit row. */
  readonly action: string | null;
  /** Asked for and granted; `needed` tells whether anything was in the way. */
  readonly force?: { readonly needed: boolean } | null;
  readonly freeAt?: number;
}

const refused = (kind: Kind): Outcome => ({ kind, action: null });
const NO_CHANGE: Outcome = { kind: 'ok', action: null };

/** When what this command waits for is over; null: nothing is in its way. */
export function edgeOf(model: Model, command: Command, now: number): number | null {
  if (!('when' in command)) return null;
  const one = numberAt(model, command.number);
  if (command.do === 'buy') return one.hands === null ? one.availableAt : null;
  const last = command.do === 'assign' ? lastOfOthers(one, command.sub) : lastCall(one, now);
  return last === null ? null : last + COOL_OFF_MS;
}

/** Plays one command at `now`. */
export function play(model: Model, command: Command, now: number): Outcome {
  switch (command.do) {
    case 'credit':
      return credit(model, command.account, command.amountMinor);
    case 'account':
      return switchAccount(model, command.account, command.disabled);
    case 'buy':
      return buy(model, whoIs(model, command.number, command.who), numberAt(model, command.number), command, now);
    case 'patch':
      return patch(model, command);
    case 'release':
      return release(model, command, now);
    case 'assign':
    case 'unassign':
      return move(model, command, now);
    case 'wait':
    case 'ring':
    case 'hang_up':
      return NO_CHANGE;
  }
}

function credit(model: Model, account: number, amountMinor: number): Outcome {
  if (PARENTS[account] !== null) return refused('wrong_state');
  const after = (model.walletMinor[account] ?? 0) + amountMinor;
  if (amountMinor < 0 && after < 0) return refused('insufficient_balance');
  model.walletMinor[account] = after;
  model.transactions[account] = (model.transactions[account] ?? 0) + 1;
  return { kind: 'ok', action: 'account.credit' };
}

function switchAccount(model: Model, account: number, disabled: boolean): Outcome {
  if (model.disabled[account] === disabled) return NO_CHANGE;
  model.disabled[account] = disabled;
  model.accountVersions[account] = (model.accountVersions[account] ?? 0) + 1;
  return { kind: 'ok', action: 'account.update' };
}

function buy(model: Model, account: number, one: ModelNumber, { number, face }: { number: number; face: Face }, now: number): Outcome {
  if (isShut(model, account)) return refused('forbidden');
  if (!isForSale(one, account, now)) return refused('not_in_stock');
  const [setup, monthly] = FEES[number] as readonly [number, number];
  const hands = handsOf(account);
  const wallet = model.walletMinor[hands.owner] ?? 0;
  // What costs nothing needs no money.
  if (setup + monthly > 0 && wallet < setup + monthly) return refused('insufficient_balance');
  model.walletMinor[hands.owner] = wallet - setup - monthly;
  model.transactions[hands.owner] = (model.transactions[hands.owner] ?? 0) + 1;
  handOver(one, hands, now);
  one.everOwned = true;
  one.availableAt = null;
  return { kind: 'ok', action: face === 'telnyx' ? 'order.create' : 'number.purchase' };
}

/** Decision B7: nothing of the last holder's goes along; the platform's suspension stays with the payer, also when it gives back and buys. */
function handOver(one: ModelNumber, hands: Hands | null, now: number): void {
  const { hands: before } = one;
  if (before !== null && before.sub !== null) one.past.push({ sub: before.sub, from: one.since, lastCallAt: one.storedCallAt });
  const stays = before !== null || one.last?.owner === hands?.owner ? platforms(one) : [];
  Object.assign(one, { ...CLEAN, suspendedBy: stays, hands, last: before ?? one.last, since: now, version: one.version + 1 });
  if (hands !== null) one.logins += 1;
}

const platforms = ({ suspendedBy }: ModelNumber) => suspendedBy.filter((who) => who === 'platform');

function patch(model: Model, command: Extract<Command, { do: 'patch' }>): Outcome {
  const one = numberAt(model, command.number);
  const by = command.who === null ? 'platform' : 'tenant';
  const account = command.who === null ? null : whoIs(model, command.number, command.who);
  if (account !== null && isShut(model, account)) return refused('forbidden');
  if (one.hands === null || one.releasing) return refused(account === null ? 'wrong_state' : 'not_found');
  if (account !== null && !sees(one, account)) return refused('not_found');
  if (command.match === 'stale') return refused('precondition_failed');
  const endpoint = endpointOf(one, command.patch);
  if (typeof endpoint === 'number' && endpoint !== holderOf(one.hands)) return refused('endpoint_not_found');
  const others = one.suspendedBy.filter((who) => who !== by);
  const { suspended } = command.patch;
  // A tenant lifts only its own suspension (decision B25).
  if (suspended === false && by === 'tenant' && others.length > 0) return refused('number_suspended');
  const next = {
    suspendedBy: suspended === undefined ? one.suspendedBy : suspended ? [...others, by].toSorted() : others,
    allowInbound: command.patch.allowInbound ?? one.allowInbound,
    allowOutbound: command.patch.allowOutbound ?? one.allowOutbound,
    endpoint: endpoint === undefined ? one.endpoint : endpoint,
    ...(account === null ? labelsAfter(one, command.patch) : {}),
  };
  if (JSON.stringify({ ...one, ...next }) === JSON.stringify(one)) return NO_CHANGE;
  Object.assign(one, next, { version: one.version + 1 });
  return { kind: 'ok', action: 'number.update' };
}

const labelsAfter = (one: ModelNumber, { labels, lock }: Patch) => ({
  tags: labels === undefined ? one.tags : labels ? ['vip'] : [],
  reference: labels === undefined ? one.reference : labels ? 'ours' : null,
  lock: lock ?? one.lock,
});

function release(model: Model, command: Extract<Command, { do: 'release' }>, now: number): Outcome {
  const one = numberAt(model, command.number);
  const account = whoIs(model, command.number, command.who);
  if (isShut(model, account)) return refused('forbidden');
  if (!sees(one, account)) return refused('not_found');
  if (command.match === 'stale') return refused('precondition_failed');
  if (one.lock) return refused('locked');
  one.storedCallAt = lastCall(one, now);
  if (one.liveCalls > 0)
    Object.assign(one, { ...CLEAN, suspendedBy: platforms(one), releasing: true, availableAt: null, version: one.version + 1 });
  else giveBack(one, now);
  return { kind: 'ok', action: 'number.release' };
}

function giveBack(one: ModelNumber, now: number): void {
  handOver(one, null, now);
  const freeAt = one.storedCallAt === null ? null : one.storedCallAt + COOL_OFF_MS;
  one.availableAt = freeAt !== null && freeAt > now ? freeAt : null;
}

/** A released number goes to stock when its last call is over; true when it was that. */
export function endRelease(one: ModelNumber, now: number): boolean {
  if (!one.releasing || one.liveCalls > 0) return false;
  one.releasing = false;
  one.storedCallAt = lastCall(one, now);
  giveBack(one, now);
  return true;
}

function move(model: Model, command: Extract<Command, { do: 'assign' | 'unassign' }>, now: number): Outcome {
  const one = numberAt(model, command.number);
  const account = whoIs(model, command.number, command.who);
  // The platform acts for anybody, disabled or not; a scope gives force, a role never does (decision B10).
  if (command.by !== 'platform' && isShut(model, account)) return refused('forbidden');
  if (PARENTS[account] !== null || (command.force && command.by === 'key')) return refused('forbidden');
  const isThere =
    one.hands !== null && !one.releasing && one.hands.owner === account && (one.hands.sub === null) === (command.do === 'assign');
  if (!isThere) return refused('not_found');
  if (command.do === 'assign' && (PARENTS[command.sub] !== account || model.disabled[command.sub])) return refused('not_found');
  const last = command.do === 'assign' ? lastOfOthers(one, command.sub) : lastCall(one, now);
  const freeAt = last === null ? now : last + COOL_OFF_MS;
  const cools = now < freeAt;
  if (cools && !command.force) return { kind: 'cool_off', action: null, freeAt };
  one.storedCallAt = lastCall(one, now);
  handOver(one, { owner: account, sub: command.do === 'assign' ? command.sub : null }, now);
  return { kind: 'ok', action: `number.${command.do}_sub_account`, force: command.force ? { needed: cools } : null };
}
