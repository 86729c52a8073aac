import type { Phone } from './baresip.ts';
import { ABROAD, type InteropSite, NUMBERS, SUBSCRIBER } from './interop-site.ts';

/** A call between two phones through the product. */
export interface InteropCall {
  readonly name: string;
  readonly from: 'desk' | 'mobile' | 'extension' | 'subscriber';
  readonly to: 'desk' | 'mobile' | 'extension' | 'subscriber';
  /** Who the called number belongs to, and what the record must say of the caller. */
  readonly called: string;
  readonly caller: string;
  readonly direction: 'inbound' | 'outbound';
  readonly hangsUp: 'caller' | 'callee';
}

export const CALLS: readonly InteropCall[] = [
  call('call in to a phone registered over UDP', 'subscriber', 'desk', NUMBERS.desk, 'inbound', 'caller'),
  call('call out over UDP by a phone that says its login', 'desk', 'subscriber', SUBSCRIBER, 'outbound', 'callee'),
  call('call in over TLS to a phone registered over TLS', 'subscriber', 'mobile', NUMBERS.mobile, 'inbound', 'callee'),
  call('call out over TLS', 'mobile', 'subscriber', ABROAD, 'outbound', 'caller'),
  call('call in to an extension of the customer’s PBX', 'subscriber', 'extension', NUMBERS.extension, 'inbound', 'caller'),
  call('call out of the customer’s PBX', 'extension', 'subscriber', SUBSCRIBER, 'outbound', 'callee'),
];

function call(
  name: string,
  from: InteropCall['from'],
  to: InteropCall['to'],
  called: string,
  direction: InteropCall['direction'],
  hangsUp: InteropCall['hangsUp'],
): InteropCall {
  return { name, from, to, called, caller: from === 'subscriber' ? SUBSCRIBER : NUMBERS[from], direction, hangsUp };
}

/** What the parties saw of it: lines of their logs, and the record. */
export interface InteropReport {
  readonly logs: Readonly<Record<string, readonly string[]>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it.
  readonly record: any;
}

/** Places a call, waits until both phones hear each other, ends it, and waits until both and the record know. */
export async function placeCall(site: InteropSite, { from, to, called, caller, hangsUp }: InteropCall): Promise<InteropReport> {
  const [calling, ringing] = [site[from], site[to]];
  const runs = { [from]: calling.run, [to]: ringing.run, carrier: site.carrier, pbx: site.pbx };
  const before = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, run.log().length]));
  calling.dial(site.uriFor(calling, called));
  const both = (type: string): Promise<unknown> => Promise.all([calling.next(type), ringing.next(type)]);
  await both('CALL_ESTABLISHED');
  await both('CALL_RTPESTAB');
  (hangsUp === 'caller' ? calling : ringing).hangUp();
  await both('CALL_CLOSED');
  const record = await recordOf(site, caller, called);
  const logs = Object.fromEntries(
    Object.entries(runs).map(([name, run]) => [
      name,
      name in site && isPhone(name) ? ofPhone(run.log(), before[name]) : ofProxy(run.log(), before[name]),
    ]),
  );
  return { logs, record };
}

const isPhone = (name: string): boolean => name !== 'carrier' && name !== 'pbx';

// biome-ignore lint/suspicious/noControlCharactersInRegex: baresip paints its terminal.
const PAINT = /\u001b\[[0-9;]*m|\r/g;
const lines = (log: string, from = 0): string[] =>
  log
    .slice(from)
    .replaceAll(PAINT, '')
    .split('\n')
    .map((line) => line.trim());

/** What a phone says of one call: who called, that it is up, that it hears the other, what was sent and received, that it is over. */
const ofPhone = (log: string, from: number | undefined): string[] =>
  lines(log, from).filter((line) => /Incoming call|connecting to|Call established|incoming rtp|^packets:|terminated/.test(line));
const ofProxy = (log: string, from: number | undefined): string[] =>
  lines(log, from).flatMap((line) => (line.includes('<script>: ') ? [line.slice(line.indexOf('<script>: ') + 10)] : []));

/** What they logged of their registrations. */
export const registrationLines = ({ carrier, pbx, ...site }: InteropSite): Record<string, string[]> => ({
  ...Object.fromEntries(
    (['desk', 'mobile', 'extension', 'subscriber'] as const).map((name) => [
      name,
      lines((site[name] as Phone).run.log()).filter((line) => / 200 OK .*binding/.test(line)),
    ]),
  ),
  carrier: ofProxy(carrier.log(), 0).filter((line) => line.includes('is registered')),
  pbx: ofProxy(pbx.log(), 0).filter((line) => line.includes('is registered')),
});

async function recordOf({ product }: InteropSite, caller: string, called: string) {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { body } = await product.admin('GET', '/calls?limit=50');
    const found = body.data.find(
      (one: { from: string; to: string; ended_at: unknown }) => one.from === caller && one.to === called && one.ended_at !== null,
    );
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`no record of ${caller} to ${called}: ${JSON.stringify(body.data.slice(0, 3))}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
