import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import type { FailoverRules } from '../../../src/domain/failover-rules.ts';
import type { GatewayTerms } from '../../../src/domain/gateway-terms.ts';
import { type GatewayRecord, recordRef, type TrunkGroupRecord } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { dnsServer } from '../../sip-engine/support/dns-server.ts';
import { freeUdpPort, runSipp, type SippResult, startSipp } from '../../support/sipp.ts';
import { type CallStage, openStage } from './call-stage.ts';
import { NUMBER } from './call-world.ts';
import {
  BEFORE,
  type Expected,
  expectedOf,
  type GatewayDoes,
  type MatrixPolicy,
  POLICIES,
  STATUSES,
  TROUBLES,
} from './failover-by-hand.ts';

/** One call of the matrix: what was to be, what the wire showed to caller and gateways, and what the records say. */
export interface MatrixCall {
  readonly does: GatewayDoes;
  readonly position: number;
  readonly policy: MatrixPolicy;
  readonly expected: Expected;
  /** What the caller got. */
  readonly answer: { readonly status: number; readonly reason: string } | null;
  /** Gateway and status of each INVITE that reached the carrier, in their order. */
  readonly wire: readonly string[];
  /** Gateway and end of each attempt in the records. */
  readonly attempts: readonly string[];
}

export interface FailoverMatrix {
  readonly calls: readonly MatrixCall[];
  readonly caller: SippResult;
  readonly carrier: SippResult;
}

const RULES: Readonly<Record<MatrixPolicy, FailoverRules>> = {
  default: {},
  'next on all': { nextOn: STATUSES.map(String), noResponse: 'next', ringTimeout: 'next' },
  'final on all': { finalOn: STATUSES.map(String), noResponse: 'final', ringTimeout: 'final' },
};
const DIGITS: Readonly<Record<(typeof TROUBLES)[number], string>> = {
  'transport error': '111',
  'no address': '112',
  'no 1xx': '000',
  'rings on': '180',
};
const digitsOf = (does: GatewayDoes): string => (typeof does === 'number' ? String(does) : DIGITS[does]);

interface Wanted {
  readonly does: GatewayDoes;
  readonly position: number;
  readonly policy: MatrixPolicy;
  readonly called: string;
}

/** The number that makes the gateways do so: +883 is nobody's country. */
function calledFor(does: GatewayDoes, position: number, policy: MatrixPolicy): string {
  const each = [1, 2, 3].map((at) => digitsOf(at < position ? BEFORE : at === position ? does : 200));
  return `+883${POLICIES.indexOf(policy) + 1}${each.join('')}`;
}

const WANTED: readonly Wanted[] = POLICIES.flatMap((policy) =>
  [...STATUSES, ...TROUBLES].flatMap((does) =>
    [1, 2, 3].map((position) => ({ does, position, policy, called: calledFor(does, position, policy) })),
  ),
);

/** Places one call for each code, position and policy through engine and agents, with sipp as caller and as carrier. */
export async function runFailoverMatrix(rate = 60): Promise<FailoverMatrix> {
  const folder = await mkdtemp(join(tmpdir(), 'dialplane-matrix-'));
  const dns = await dnsServer({});
  const timers = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };
  const stage = await openStage({ timers, settings: { firstResponseMs: 10_000, ringMs: 10_000, dnsServers: [dns.address] } });
  const carrierLog = join(folder, 'carrier.log');
  try {
    const carrier = await startSipp({ scenario: 'uas-status-as-dialled', moreArguments: ['-trace_logs', '-log_file', carrierLog] });
    try {
      const port = await freeUdpPort('127.0.0.1');
      const ids = await site(stage, port, carrier.port);
      const { result, answers } = await placeCalls(stage, port, folder, rate);
      const stopped = await carrier.stop();
      const events = await allEnded(stage);
      const arrived = await linesOf(carrierLog);
      const calls = WANTED.map((wanted) => callOf(wanted, answers, arrived, attemptsOf(events, wanted.called, ids)));
      return { calls, caller: result, carrier: stopped };
    } finally {
      await carrier.stop();
    }
  } finally {
    await stage.close();
    await dns.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A customer's trunk at `callerPort`, and a trunk group with three gateways for each policy and each trouble; returns their places by id. */
async function site({ world }: CallStage, callerPort: number, carrierPort: number): Promise<ReadonlyMap<string, number>> {
  const ports = { carrier: carrierPort, closed: await closedTcpPort() };
  const troubles = [undefined, ...TROUBLES.flatMap((does) => [1, 2, 3].map((position) => ({ does, position })))];
  const groups = POLICIES.flatMap((policy) => troubles.map((trouble) => groupOf(policy, trouble, ports)));
  for (const { group } of groups) await world.put(recordRef.trunkGroup(group.id), group);
  const routes = groups.map(({ prefix, group }) => ({ id: newId(), prefix, trunkGroupId: group.id, priority: 0, weight: 1 }));
  await world.account();
  await world.number();
  await world.routes({ routes });
  const { account: accountId } = world.ids;
  const [id, shared] = [newId(), { groupKind: 'customer', accountId, mode: 'live' } as const];
  const plain = { name: 'caller', enabled: true, numberFormat: null, country: null, gateways: [] };
  await world.put(recordRef.trunkGroup(id), { kind: 'trunk_group', id, ...shared, ...plain });
  await world.put(recordRef.source(id), { kind: 'source', trunkGroupId: id, ...shared, acl: [`127.0.0.1:${callerPort}`] });
  return new Map(groups.flatMap(({ group }) => group.gateways.map((gateway, index) => [gateway.id, index + 1] as const)));
}

interface Trouble {
  readonly does: GatewayDoes;
  readonly position: number;
}
interface Ports {
  readonly carrier: number;
  readonly closed: number;
}

/** The group of a policy for numbers of three statuses, or for those whose gateway at a position is in trouble. */
function groupOf(policy: MatrixPolicy, trouble: Trouble | undefined, ports: Ports) {
  const rest = trouble === undefined ? '' : `${String(BEFORE).repeat(trouble.position - 1)}${digitsOf(trouble.does)}`;
  const gateways = [1, 2, 3].map((at) => gatewayOf(at, trouble?.position === at ? trouble.does : undefined, ports));
  const terms: GatewayTerms = { failover: RULES[policy], health: { downAfter: 1000 } };
  const plain = { name: policy, accountId: null, mode: 'live', enabled: true, numberFormat: null, country: null } as const;
  const group: TrunkGroupRecord = { kind: 'trunk_group', id: newId(), groupKind: 'carrier', ...plain, gateways, terms };
  return { prefix: `883${POLICIES.indexOf(policy) + 1}${rest}`, group };
}

function gatewayOf(at: number, does: GatewayDoes | undefined, ports: Ports): GatewayRecord {
  const failover = does === 'no 1xx' ? { firstResponseMs: 1000 } : does === 'rings on' ? { ringMs: 1000 } : {};
  const terms: GatewayTerms = { headers: { set: [{ name: 'X-Gateway', value: String(at) }] }, failover };
  const plain = { id: newId(), priority: at, weight: 1, enabled: true, terms };
  if (does === 'no address') return { ...plain, uri: 'sip:nowhere.test' };
  return { ...plain, uri: does === 'transport error' ? `sip:127.0.0.1:${ports.closed};transport=tcp` : `sip:127.0.0.1:${ports.carrier}` };
}

async function closedTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function placeCalls(
  stage: CallStage,
  port: number,
  folder: string,
  rate: number,
): Promise<{ readonly result: SippResult; readonly answers: readonly string[][] }> {
  const [numbers, log] = [join(folder, 'numbers.csv'), join(folder, 'caller.log')];
  await writeFile(numbers, ['SEQUENTIAL', ...WANTED.map(({ called }) => `${NUMBER};${called}`), ''].join('\n'));
  const result = await runSipp({
    scenario: 'uac-tells-answer',
    remote: stage.target,
    port,
    calls: WANTED.length,
    rate,
    timeoutMs: 60_000,
    moreArguments: ['-inf', numbers, '-trace_logs', '-log_file', log],
  });
  return { result, answers: await linesOf(log) };
}

const linesOf = async (path: string): Promise<string[][]> =>
  (await readFile(path, 'latin1').catch(() => ''))
    .split('\n')
    .filter((line) => line.includes('883'))
    .map((line) => line.trim().split(' '));

/** Events of all calls once each of them has its last one. */
async function allEnded(stage: CallStage): Promise<readonly CallEvent[]> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const events = await stage.events();
    const count = (wanted: CallEvent['type']): number => events.filter(({ type }) => type === wanted).length;
    if (count('admitted') === count('ended') || performance.now() > deadline) return events;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function attemptsOf(events: readonly CallEvent[], called: string, places: ReadonlyMap<string, number>): string[] {
  const first = events.find((event) => event.type === 'admitted' && event.parties.called === called);
  const mine = events.filter(({ callId }) => callId === first?.callId).sort((a, b) => a.seq - b.seq);
  const gatewayOf = (n: number): number | undefined => {
    const attempt = mine.find((event) => event.type === 'attempt' && event.n === n);
    return attempt?.type === 'attempt' ? places.get(attempt.gatewayId ?? '') : undefined;
  };
  return mine.flatMap((event) =>
    event.type === 'attempt_ended' ? [`${gatewayOf(event.n)} ${event.outcome === 'failed' ? event.sipStatus : event.outcome}`] : [],
  );
}

function callOf(
  { does, position, policy, called }: Wanted,
  answers: readonly string[][],
  arrived: readonly string[][],
  attempts: readonly string[],
): MatrixCall {
  const found = answers.filter(([number]) => number === called);
  const [, status = '', reason = ''] = found[0] ?? [];
  return {
    does,
    position,
    policy,
    expected: expectedOf(does, position, policy),
    answer: found.length === 1 ? { status: Number(status), reason } : null,
    wire: arrived.filter(([number]) => `+${number}` === called).map(([, gateway, said]) => `${gateway} ${said}`),
    attempts,
  };
}

/** What of it the carrier sees: gateway and status; nothing reaches one that cannot be reached. */
export const seenAs = ({ asked }: Expected): string[] =>
  asked.flatMap((does, index) => (does === 'transport error' || does === 'no address' ? [] : [`${index + 1} ${digitsOf(does)}`]));

const ENDS: Readonly<Record<(typeof TROUBLES)[number], string>> = {
  // RFC 3261 §8.1.3.1: a transport error is treated as a 503.
  'transport error': '503',
  'no address': 'unreachable',
  'no 1xx': 'no_response',
  'rings on': 'ring_timeout',
};

/** What of it the records say: gateway and end of each attempt. */
export const recordedAs = ({ asked }: Expected): string[] =>
  asked.map((does, index) => `${index + 1} ${does === 200 ? 'answered' : typeof does === 'number' ? does : ENDS[does]}`);
