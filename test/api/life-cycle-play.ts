import { expect } from 'vitest';
import { type AccountRecord, type NumberRecord, recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { admissionRequest, admittedEvent } from '../redis/support/plane.ts';
import type { ApiAnswer, ApiRequest } from '../support/api-call.ts';
import { PLATFORM_KEY } from '../support/api-harness.ts';
import type { Command } from './life-cycle-commands.ts';
import { endRelease, type Kind } from './life-cycle-model.ts';
import { endpointOf, numberAt, rings, whoIs } from './life-cycle-state.ts';
import type { World } from './life-cycle-world.ts';

type Request = readonly [face: keyof typeof SAID, method: string, path: string, request: ApiRequest, status: number];

/** Status and code of each refusal in each face (decision B2), where this life meets it. */
const SAID = {
  kros: {
    endpoint_not_found: [404, 'ENDPOINT_NOT_FOUND'],
    forbidden: [403, 'FORBIDDEN'],
    insufficient_balance: [402, 'INSUFFICIENT_BALANCE'],
    locked: [409, 'LOCKED'],
    not_found: [404, 'NOT_FOUND'],
    not_in_stock: [404, 'NUMBER_NOT_AVAILABLE'],
    number_suspended: [403, 'NUMBER_SUSPENDED'],
    precondition_failed: [412, 'PRECONDITION_FAILED'],
  },
  vobiz: {
    cool_off: [409, 'did_cool_off_in_effect'],
    forbidden: [403, 'forbidden'],
    insufficient_balance: [402, 'insufficient_balance'],
    locked: [409, 'locked'],
    not_found: [404, 'not_found'],
    not_in_stock: [404, 'not_found'],
    precondition_failed: [412, 'precondition_failed'],
  },
  telnyx: { forbidden: [403, '10006'], insufficient_balance: [422, '20100'], not_in_stock: [422, '85001'] },
  admin: {
    insufficient_balance: [409, 'insufficient_balance'],
    endpoint_not_found: [422, 'invalid'],
    precondition_failed: [412, 'version_changed'],
    wrong_state: [409, 'wrong_state'],
  },
} as const satisfies Record<string, Partial<Record<Kind, readonly [number, string]>>>;

/** What the answer to a command must be: status, and the face's own code where it is a refusal. */
export function saidOf(face: keyof typeof SAID, command: Command, kind: Kind, status: number): readonly [number, string | null] {
  if (kind === 'ok') return [status, null];
  // Vobiz says so of a number that is not there, too.
  if (face === 'vobiz' && command.do === 'release' && kind === 'not_found') return [403, 'forbidden'];
  const said: Partial<Record<Kind, readonly [number, string]>> = SAID[face];
  return said[kind] ?? [0, `no ${kind} in ${face}`];
}

/** The code of a refusal as each face words it. */
export function codeIn(face: keyof typeof SAID, { body, status }: ApiAnswer): string | null {
  if (status < 400) return null;
  return face === 'vobiz' ? body.error : face === 'telnyx' ? body.errors[0].code : body.code;
}

/** The request a command is, in the state of the world before it; null for what is no request. */
export function requestOf(world: World, command: Command): Request | null {
  const { model, accounts } = world;
  switch (command.do) {
    case 'credit': {
      const body = { amount_minor: command.amountMinor, note: 'test' };
      return ['admin', 'POST', `/admin/v1/accounts/${accounts[command.account]?.account.id}/credits`, { key: PLATFORM_KEY, body }, 200];
    }
    case 'account': {
      const body = { status: command.disabled ? 'disabled' : 'active' };
      return ['admin', 'PATCH', `/admin/v1/accounts/${accounts[command.account]?.account.id}`, { key: PLATFORM_KEY, body }, 200];
    }
    case 'buy':
      return buying(world, command, whoIs(model, command.number, command.who));
    case 'patch':
      return patching(world, command);
    case 'release': {
      const account = whoIs(model, command.number, command.who);
      const headers = matching(world, command);
      const { id, path } = inVobiz(world, command.number, account);
      if (command.face === 'vobiz') return ['vobiz', 'DELETE', path, pairOf(world, account, headers), 200];
      return ['kros', 'DELETE', `/phone-numbers/${id}`, { key: accounts[account]?.key ?? '', headers }, 204];
    }
    case 'assign':
    case 'unassign':
      return moving(world, command);
    default:
      return null;
  }
}

function buying(world: World, { face, number }: Extract<Command, { do: 'buy' }>, account: number): Request {
  const { id, e164 } = world.numbers[number] ?? { id: '', e164: '' };
  const key = world.accounts[account]?.key ?? '';
  if (face === 'kros') return ['kros', 'POST', '/phone-numbers', { key, body: { inventory_id: id } }, 201];
  if (face === 'telnyx') {
    return ['telnyx', 'POST', '/v2/number_orders', { key, body: { phone_numbers: [{ phone_number: e164 }] } }, 200];
  }
  const path = `/api/v1/Account/${world.accounts[account]?.account.authId}/numbers/purchase-from-inventory`;
  return ['vobiz', 'POST', path, { ...pairOf(world, account), body: { e164 } }, 200];
}

function patching(world: World, command: Extract<Command, { do: 'patch' }>): Request {
  const { patch, number, who } = command;
  const endpoint = endpointOf(numberAt(world.model, number), patch);
  const flags = {
    ...(patch.allowInbound === undefined ? {} : { allow_inbound: patch.allowInbound }),
    ...(patch.allowOutbound === undefined ? {} : { allow_outbound: patch.allowOutbound }),
    ...(endpoint === undefined ? {} : { endpoint_id: endpoint === null ? null : world.endpoints[endpoint] }),
  };
  const headers = matching(world, command);
  const path = `/phone-numbers/${world.numbers[number]?.id}`;
  if (who !== null) {
    const status = patch.suspended === undefined ? {} : { status: patch.suspended ? 'inactive' : 'active' };
    const key = world.accounts[whoIs(world.model, number, who)]?.key ?? '';
    return ['kros', 'PATCH', path, { key, headers, body: { ...flags, ...status } }, 200];
  }
  const labels = patch.labels ? { tags: ['vip'], customer_reference: 'ours' } : { tags: [], customer_reference: null };
  const body = {
    ...flags,
    ...(patch.suspended === undefined ? {} : { suspended: patch.suspended }),
    ...(patch.labels === undefined ? {} : labels),
    ...(patch.lock === undefined ? {} : { deletion_lock: patch.lock }),
  };
  return ['admin', 'PATCH', `/admin/v1/numbers/${world.numbers[number]?.id}`, { key: PLATFORM_KEY, headers, body }, 200];
}

function moving(world: World, command: Extract<Command, { do: 'assign' | 'unassign' }>): Request {
  const account = whoIs(world.model, command.number, command.who);
  const token = world.forceTokens[account];
  const who =
    command.by === 'platform'
      ? { key: PLATFORM_KEY }
      : pairOf(world, account, {}, command.by === 'force_token' && token ? token : undefined);
  const path = `${inVobiz(world, command.number, account).path}/assign-subaccount${command.force ? '?force=true' : ''}`;
  const body = { sub_account_id: world.accounts[command.sub]?.account.authId };
  return command.do === 'assign' ? ['vobiz', 'POST', path, { ...who, body }, 204] : ['vobiz', 'DELETE', path, who, 204];
}

/** The number's id and Vobiz path under an account. */
export function inVobiz({ numbers, accounts }: World, number: number, account: number) {
  const { id, e164 } = numbers[number] ?? { id: '', e164: '' };
  return { id, path: `/api/v1/Account/${accounts[account]?.account.authId}/numbers/${encodeURIComponent(e164)}` };
}

/** Vobiz's two headers. */
export function pairOf({ accounts }: World, account: number, more: Record<string, string> = {}, token?: string): ApiRequest {
  const who = accounts[account];
  return { headers: { 'X-Auth-ID': who?.account.authId ?? '', 'X-Auth-Token': token ?? who?.key ?? '', ...more } };
}

function matching({ model }: World, { match, number }: { readonly match: string; readonly number: number }): Record<string, string> {
  const { version } = numberAt(model, number);
  return match === 'none' ? {} : { 'If-Match': `"${match === 'current' ? version : version - 1}"` };
}

/** An agent gets a call for the number: it decides on what Redis holds, and is admitted on those versions. */
export async function ring({ api, model, accounts, numbers, live }: World, index: number): Promise<void> {
  const { id, e164 } = numbers[index] ?? { id: '', e164: '' };
  const ref = recordRef.number('live', e164);
  const found = await api.plane.reader.read([ref, ...accounts.map(({ account }) => recordRef.account(account.id))]);
  const { version = 0, record = null } = found.get(ref) ?? {};
  const number = record as NumberRecord | null;
  const above = number === null ? [] : [number.ownerAccountId, ...(number.subAccountId === null ? [] : [number.subAccountId])];
  const isOpen = above.every((one) => (found.get(recordRef.account(one))?.record as AccountRecord | null)?.status === 'active');
  const isLet = number !== null && number.lifecycle === 'active' && number.allowInbound && isOpen;
  const one = numberAt(model, index);
  expect(isLet, 'rings').toBe(rings(model, one));
  if (!isLet) return;
  const at = api.clock.now();
  const event = admittedEvent({ callId: newId(), at, versions: [{ record: ref, version }] });
  expect(await api.plane.admission.admit(admissionRequest([{ record: ref, version }], [id], { event }))).toEqual({ result: 'ok' });
  live[index]?.push(event.callId);
  one.liveCalls += 1;
  one.redisCallAt = at;
}

/** The oldest call of the number ends, whoever has the number by now. */
export async function hangUp(world: World, index: number): Promise<void> {
  const { api, model, numbers, live } = world;
  const callId = live[index]?.shift();
  if (callId === undefined) return;
  const at = api.clock.now();
  const ended = { type: 'ended', callId, seq: 1, agentId: 'agent-1', at, outcome: 'completed', sipStatus: 200, code: null } as const;
  await api.plane.admission.end({ ...ended, endedBy: 'caller' }, [numbers[index]?.id ?? '']);
  const one = numberAt(model, index);
  one.liveCalls -= 1;
  one.redisCallAt = at;
  if (endRelease(one, at)) await api.endRelease(numbers[index]?.id ?? '');
}
