import { randomInt } from 'node:crypto';
import { call } from '../../test/support/api-call.ts';

/** The product as the platform's own people use it, over its admin face. */
export interface Platform {
  /** One request; throws unless the answer is a success. */
  // biome-ignore lint/suspicious/noExplicitAny: an example reads into it.
  ask(method: string, path: string, body?: unknown): Promise<any>;
  /** An account with money, and its key. */
  newAccount(name: string): Promise<{ readonly id: string; readonly key: string }>;
  /** Puts numbers of Berlin into stock; returns them. */
  stockUp(count: number): Promise<readonly string[]>;
  /** What German local numbers need here, made unless it is there already. */
  requirements(): Promise<Requirements>;
}

/** Ids of what an ordered number needs, by how it is given. */
export interface Requirements {
  readonly tax: string;
  readonly address: string;
  readonly proof: string;
}

const COUNTRY = 'DE';
const NEEDED = {
  tax: { name: 'Tax number', field_type: 'textual', acceptance: { regex: '\\d{9}' } },
  address: { name: 'Address of the customer', field_type: 'address' },
  proof: { name: 'Proof of the address', field_type: 'document' },
} as const;

/** Where the product is, and what its `DATA_DIR/state.json` says of it. */
export interface ProductState {
  readonly http_url: string;
  readonly admin_api_key: string;
  readonly telnyx_public_key: string;
}

/** Speaks to the product that `state` tells of. */
export function platformOf({ http_url: url, admin_api_key: key }: ProductState): Platform {
  const send = (method: string, path: string, body?: unknown) =>
    call(url, method, `/admin/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
  const ask: Platform['ask'] = async (method, path, body) => {
    const answer = await send(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} /admin/v1${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  return {
    ask,
    async newAccount(name) {
      const { id } = await ask('POST', '/accounts', { name });
      await ask('POST', `/accounts/${id}/credits`, { amount_minor: 10_000, note: 'for the walk' });
      return { id, key: (await ask('POST', `/accounts/${id}/api-keys`, { mode: 'live' })).key };
    },
    async stockUp(count) {
      const first = randomInt(1e6) * 10;
      const e164s = Array.from({ length: count }, (_, index) => `+4930${String(first + index).padStart(7, '0')}`);
      const terms = { type: 'local', country: COUNTRY, region: 'Berlin', setup_fee_minor: 100, monthly_fee_minor: 200 };
      await ask('POST', '/inventory', { numbers: e164s.map((e164) => ({ e164, ...terms })) });
      return e164s;
    },
    async requirements() {
      const listed: { data: { id: string; name: string }[] } = await ask('GET', `/requirements?country=${COUNTRY}&type=local`);
      const idOf = async (needed: (typeof NEEDED)[keyof typeof NEEDED]): Promise<string> =>
        listed.data.find(({ name }) => name === needed.name)?.id ??
        (await ask('POST', '/requirements', { country: COUNTRY, type: 'local', ...needed })).id;
      return { tax: await idOf(NEEDED.tax), address: await idOf(NEEDED.address), proof: await idOf(NEEDED.proof) };
    },
  };
}
