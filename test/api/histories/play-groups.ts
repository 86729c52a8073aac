import { type Command, done, type Outcome, refused, UNCHANGED } from './machine-commands.ts';
import { ACCEPTS, GROUP_VALID_MS, groupState, type Model, type ModelGroup, NEEDS, type RequirementName, sees } from './machine-state.ts';

type Of<Do extends Command['do']> = Extract<Command, { readonly do: Do }>;

/** A group that an account may see and change; a deleted one is none. */
function groupFor({ groups }: Model, index: number, by: number): ModelGroup | null {
  const group = groups[index];
  return group === undefined || group.deleted || !sees(by, group.holder) ? null : group;
}

export function createGroup(model: Model, { by, type, values }: Of<'group'>): Outcome {
  const given = Object.entries(values) as [RequirementName, string][];
  if (given.some(([name, value]) => !NEEDS[type].includes(name) || !ACCEPTS[name](value))) return refused('invalid');
  const empty = NEEDS[type].map((name): [RequirementName, string | null] => [name, values[name] ?? null]);
  model.groups.push({ holder: by, type, state: 'unapproved', expiresAt: null, values: new Map(empty), version: 1, deleted: false });
  return done('requirement_group.create');
}

/** New values take every verdict away; while a reviewer looks at them they stay. */
export function fill(model: Model, { by, group: index, name, value }: Of<'fill'>): Outcome {
  const group = groupFor(model, index, by);
  if (group === null) return refused('not_found');
  const known = group.values.get(name);
  if (known === undefined) return refused('invalid');
  if (known === value) return UNCHANGED;
  if (!ACCEPTS[name](value)) return refused('invalid');
  if (group.state === 'in_review') return refused('wrong_state');
  group.values.set(name, value);
  Object.assign(group, { state: 'unapproved', expiresAt: null, version: group.version + 1 });
  return done('requirement_group.update');
}

/** unapproved, declined or expired → in review, once there is a value for everything. */
export function submit(model: Model, { by, group: index }: Of<'submit'>, now: number): Outcome {
  const group = groupFor(model, index, by);
  if (group === null) return refused('not_found');
  const state = groupState(group, now);
  if (state === 'in_review' || state === 'approved' || [...group.values.values()].includes(null)) return refused('wrong_state');
  Object.assign(group, { state: 'in_review', expiresAt: null, version: group.version + 1 });
  return done('requirement_group.submit');
}

export function drop(model: Model, { by, group: index }: Of<'drop'>): Outcome {
  const group = groupFor(model, index, by);
  if (group === null) return refused('not_found');
  group.deleted = true;
  return done('requirement_group.delete');
}

/** in review → approved for a while, or declined. */
export function judge(model: Model, { group: index, verdict }: Of<'judge'>, now: number): Outcome {
  const group = model.groups[index];
  if (group === undefined || group.deleted) return refused('not_found');
  if (group.state !== 'in_review') return refused('wrong_state');
  const expiresAt = verdict === 'approved' ? now + GROUP_VALID_MS : null;
  Object.assign(group, { state: verdict, expiresAt, version: group.version + 1 });
  return done(`requirement_group.${verdict}`);
}
