import type { DaemonState } from './daemon.ts';
import type { DemoPhone, PlacedCall } from './demo-phone.ts';
import { request, type Seeded } from './seed.ts';

/** One call of the demo as its caller saw it, with the product's own explanation. */
export interface DemoCall extends PlacedCall {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** Steps of the decision and what it chose. */
  readonly why: string;
}

interface Explanation {
  readonly steps: readonly { readonly step: string; readonly ok: boolean }[];
  readonly candidates: readonly { readonly uri: string; readonly chosen: boolean; readonly reason: string }[];
}
interface CallList {
  readonly data: readonly { readonly call_id: string; readonly direction: string }[];
}

const OUTSIDE = '+442071838750';
const TALK_MS = 300;

/** Calls the number from the carrier, and a number outside from the number. */
export async function placeCalls(
  state: DaemonState,
  seeded: Seeded,
  parties: { carrier: DemoPhone; phone: DemoPhone },
): Promise<DemoCall[]> {
  const server = { host: state.sip_host, port: state.sip_port };
  const since = new Date().toISOString();
  const inbound = await parties.carrier.call(seeded.number, server, { from: OUTSIDE, talkMs: TALK_MS });
  const details = await request<{ sip_credentials: { username: string; password: string } }>(
    state,
    seeded.key,
    'GET',
    `/phone-numbers/${seeded.numberId}`,
  );
  const { username, password } = details.sip_credentials;
  const outbound = await parties.phone.call(OUTSIDE, server, { from: seeded.number, login: { username, password }, talkMs: TALK_MS });
  const whyOf = (direction: string) => explain(state, seeded.number, since, direction);
  return [
    { ...inbound, title: 'in', from: OUTSIDE, to: seeded.number, why: await whyOf('inbound') },
    { ...outbound, title: 'out', from: seeded.number, to: OUTSIDE, why: await whyOf('outbound') },
  ];
}

/** Asks the product why that call went where it went. */
async function explain(state: DaemonState, number: string, since: string, direction: string): Promise<string> {
  const admin = <T>(method: string, path: string, body?: unknown) =>
    request<T>(state, state.admin_api_key, method, `/admin/v1${path}`, body);
  const query = new URLSearchParams({ number, since, wait_ms: '3000' });
  const until = performance.now() + 5000;
  let call: CallList['data'][number] | undefined;
  while (call === undefined && performance.now() < until) {
    call = (await admin<CallList>('GET', `/calls?${query}`)).data.find((one) => one.direction === direction);
  }
  if (call === undefined) return 'no record of it yet';
  const { steps, candidates } = await admin<Explanation>('POST', '/explain', { call_id: call.call_id });
  const chosen = candidates.find((candidate) => candidate.chosen);
  return `${steps.map(({ step }) => step).join(' → ')} → ${chosen?.uri ?? 'nowhere'}`;
}
