import { newId } from '../../../src/kit/ids.ts';
import type { ApiRequest } from '../../support/api-call.ts';
import { PLATFORM_KEY } from '../../support/api-harness.ts';
import type { World } from './histories-world.ts';
import type { Command, Scope } from './machine-commands.ts';
import { PARENTS } from './machine-state.ts';
import type { FaceName } from './refusal-codes.ts';

/** A request, the status of its success, and the same path about something that does not exist. */
export interface Sent {
  readonly face: FaceName;
  readonly method: string;
  readonly path: string;
  readonly request: ApiRequest;
  readonly status: number;
  readonly unknownPath: string | null;
}

type Of<Do extends Command['do']> = Extract<Command, { readonly do: Do }>;

const keyOf = ({ accounts }: World, account: number): ApiRequest => ({ key: accounts[account]?.key ?? '' });
const pairOf = ({ accounts }: World, account: number): ApiRequest => {
  const who = accounts[account];
  return { headers: { 'X-Auth-ID': who?.account.authId ?? '', 'X-Auth-Token': who?.key ?? '' } };
};
const numberOf = ({ numbers }: World, index: number) => numbers[index] ?? { id: '', e164: '', extId: '' };
/** An id of nothing where the history has none yet. */
const NOBODY = '00000000-0000-4000-8000-000000000000';

function telnyx(world: World, by: number, method: string, at: string, id: string, rest: string, body?: unknown): Sent {
  const request = { ...keyOf(world, by), ...(body === undefined ? {} : { body }) };
  const unknown = id === '' ? null : `${at}/${/^\d+$/.test(id) ? '1' : newId()}${rest}`;
  return { face: 'telnyx', method, path: id === '' ? at : `${at}/${id}${rest}`, request, status: 200, unknownPath: unknown };
}

function vobiz(world: World, by: number, method: string, number: number, rest: string, status: number, body?: unknown): Sent {
  const at = `/api/v1/account/${world.accounts[by]?.account.authId}/numbers`;
  const request = { ...pairOf(world, by), ...(body === undefined ? {} : { body }) };
  const path = `${at}/${encodeURIComponent(numberOf(world, number).e164)}${rest}`;
  return { face: 'vobiz', method, path, request, status, unknownPath: `${at}/%2B442079999999${rest}` };
}

const admin = (method: string, path: string, body: unknown): Sent => ({
  face: 'admin',
  method,
  path: `/admin/v1${path}`,
  request: { key: PLATFORM_KEY, body },
  status: 200,
  unknownPath: null,
});

/** Where a part of an order is in the Telnyx face; half of the orders by the seed's own mount. */
function placeOf(world: World, order: number, scope: Scope): readonly [at: string, id: string] {
  const { id = NOBODY, subs = [], items = [] } = world.orders[order] ?? {};
  const mount = order % 2 === 0 ? '/v2' : '';
  if (scope === 'all') return [`${mount}/number_orders`, id];
  if ('sub' in scope) return [`${mount}/sub_number_orders`, subs[scope.sub] ?? NOBODY];
  return [`${mount}/number_order_phone_numbers`, items[scope.item] ?? NOBODY];
}

/** The request a command is; null for what is none. */
export function requestOf(world: World, command: Command): Sent | null {
  switch (command.do) {
    case 'credit':
      return admin('POST', `/accounts/${world.accounts[command.account]?.account.id}/credits`, {
        amount_minor: command.amountMinor,
        note: 'test',
      });
    case 'reserve':
      return telnyx(world, command.by, 'POST', '/v2/number_reservations', '', '', numbersBody(world, command.numbers, null));
    case 'extend':
      return telnyx(
        world,
        command.by,
        'POST',
        '/v2/number_reservations',
        world.reservations[command.reservation] ?? NOBODY,
        '/actions/extend',
      );
    case 'order':
      return telnyx(world, command.by, 'POST', '/v2/number_orders', '', '', numbersBody(world, command.numbers, command.group));
    case 'buy':
      return buying(world, command);
    case 'release':
    case 'keep':
    case 'assign':
    case 'unassign':
    case 'lock':
    case 'suspend':
      return aboutNumber(world, command);
    case 'wait':
    case 'work':
      return null;
    default:
      return aboutPapers(world, command);
  }
}

function numbersBody(world: World, numbers: readonly number[], group: number | null) {
  const more = group === null ? {} : { requirement_group_id: world.groups[group] ?? NOBODY };
  return { phone_numbers: numbers.map((number) => ({ phone_number: numberOf(world, number).e164, ...more })) };
}

function buying(world: World, { by, number, face }: Of<'buy'>): Sent {
  const { id, e164 } = numberOf(world, number);
  if (face === 'vobiz') {
    const path = `/api/v1/Account/${world.accounts[by]?.account.authId}/numbers/purchase-from-inventory`;
    return { face, method: 'POST', path, request: { ...pairOf(world, by), body: { e164 } }, status: 200, unknownPath: null };
  }
  const request = { ...keyOf(world, by), body: { inventory_id: id } };
  return { face, method: 'POST', path: '/phone-numbers', request, status: 201, unknownPath: null };
}

function aboutNumber(world: World, command: Of<'release' | 'keep' | 'assign' | 'unassign' | 'lock' | 'suspend'>): Sent {
  const { by, number } = command;
  const { id, extId } = numberOf(world, number);
  const kros = (method: string, status: number, body?: unknown): Sent => ({
    face: 'kros',
    method,
    path: `/phone-numbers/${id}`,
    request: { ...keyOf(world, by ?? 0), ...(body === undefined ? {} : { body }) },
    status,
    unknownPath: `/phone-numbers/${newId()}`,
  });
  switch (command.do) {
    case 'release':
      if (command.face === 'kros') return kros('DELETE', 204);
      if (command.face === 'telnyx') return telnyx(world, command.by, 'DELETE', '/v2/phone_numbers', extId, '');
      return vobiz(world, command.by, 'DELETE', number, command.face === 'vobiz_now' ? '?immediate=true' : '', 200);
    case 'keep':
      return vobiz(world, command.by, 'POST', number, '/cancel-release', 200);
    case 'assign': {
      const child = Math.max(1, PARENTS.indexOf(command.by));
      const body = { sub_account_id: world.accounts[child]?.account.authId };
      return vobiz(world, command.by, 'POST', number, '/assign-subaccount', 204, body);
    }
    case 'unassign':
      return vobiz(world, command.by, 'DELETE', number, '/assign-subaccount', 204);
    case 'lock':
      if (command.by === null) return admin('PATCH', `/numbers/${id}`, { deletion_lock: command.on });
      return telnyx(world, command.by, 'PATCH', '/v2/phone_numbers', extId, '', { deletion_lock_enabled: command.on });
    case 'suspend':
      if (command.by === null) return admin('PATCH', `/numbers/${id}`, { suspended: command.on });
      return kros('PATCH', 200, { status: command.on ? 'inactive' : 'active' });
  }
}

type Papers = Of<'offer' | 'rename' | 'cancel' | 'attach' | 'review' | 'deadline' | 'group' | 'fill' | 'submit' | 'drop' | 'judge'>;

function aboutPapers(world: World, command: Papers): Sent {
  switch (command.do) {
    case 'group':
    case 'fill':
    case 'submit':
    case 'drop':
      return aboutGroup(world, command);
    case 'judge':
      return reviewing(world.groups[command.group] ?? NOBODY, command.verdict, {});
    case 'review': {
      const [, id] = placeOf(world, command.order, command.scope);
      const only = command.only === null ? {} : { requirement_ids: [world.requirements[command.only]] };
      return reviewing(id, command.verdict, only);
    }
    case 'deadline': {
      const known = world.model.orders[command.order]?.items[command.item]?.deadline ?? world.api.clock.now();
      const deadline = command.inMs === null ? known : world.api.clock.now() + command.inMs;
      const [, id] = placeOf(world, command.order, command);
      return admin('PATCH', `/order-items/${id}`, { deadline: new Date(deadline).toISOString() });
    }
    default:
      return aboutOrder(world, command);
  }
}

const reviewing = (id: string, verdict: 'approved' | 'declined', more: object): Sent =>
  verdict === 'approved'
    ? admin('POST', `/reviews/${id}/approve`, more)
    : admin('POST', `/reviews/${id}/decline`, { ...more, reason: 'Not readable.' });

function aboutOrder(world: World, command: Of<'offer' | 'rename' | 'cancel' | 'attach'>): Sent {
  switch (command.do) {
    case 'offer': {
      const values = [{ requirement_id: world.requirements[command.name], field_value: command.value }];
      return telnyx(world, command.by, 'PATCH', ...placeOf(world, command.order, command.scope), '', { regulatory_requirements: values });
    }
    case 'rename':
      return telnyx(world, command.by, 'PATCH', ...placeOf(world, command.order, 'all'), '', { customer_reference: command.to });
    case 'cancel':
      return telnyx(world, command.by, 'PATCH', ...placeOf(world, command.order, command), '/cancel');
    case 'attach': {
      const body = { requirement_group_id: world.groups[command.group] ?? NOBODY };
      return telnyx(world, command.by, 'POST', ...placeOf(world, command.order, command.scope), '/requirement_group', body);
    }
  }
}

function aboutGroup(world: World, command: Of<'group' | 'fill' | 'submit' | 'drop'>): Sent {
  const at = '/v2/requirement_groups';
  const value = (name: string, text: string) => ({
    requirement_id: world.requirements[name as keyof World['requirements']],
    field_value: text,
  });
  if (command.do === 'group') {
    const values = Object.entries(command.values).map(([name, text]) => value(name, text));
    const body = { country_code: world.country, phone_number_type: command.type, action: 'ordering', regulatory_requirements: values };
    return telnyx(world, command.by, 'POST', at, '', '', body);
  }
  const id = world.groups[command.group] ?? NOBODY;
  if (command.do === 'submit') return telnyx(world, command.by, 'POST', at, id, '/submit_for_approval');
  if (command.do === 'drop') return telnyx(world, command.by, 'DELETE', at, id, '');
  return telnyx(world, command.by, 'PATCH', at, id, '', { regulatory_requirements: [value(command.name, command.value)] });
}
