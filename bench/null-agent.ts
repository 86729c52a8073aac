/**
 * An agent that decides nothing: the product's own connection, legs and bridge with one fixed target, no facts, no Redis, no record.
 * A child of the suite `routing`, told by `BENCH_NULL_AGENT` which SIP server to join and whom to call; says how many calls it had
 * when asked by any message.
 */
import type { Connect } from '../src/domain/call.ts';
import type { ReceivedInvite, ReceivedReply } from '../src/sip/sip-stack.ts';
import { importBuilt } from './built.ts';

// Compiled like the agent that it is compared with.
const { newId } = await importBuilt<typeof import('../src/kit/ids.ts')>('kit/ids');
const { jsonLogger } = await importBuilt<typeof import('../src/kit/log.ts')>('kit/log');
const { DEFAULT_AGENT_SETTINGS } = await importBuilt<typeof import('../src/sip/agent-settings.ts')>('sip/agent-settings');
const { AnsweredCall } = await importBuilt<typeof import('../src/sip/answered-call.ts')>('sip/answered-call');
const { attemptInvite } = await importBuilt<typeof import('../src/sip/attempt.ts')>('sip/attempt');
const { Bridge } = await importBuilt<typeof import('../src/sip/bridge.ts')>('sip/bridge');
const { BridgedLegs } = await importBuilt<typeof import('../src/sip/bridged-legs.ts')>('sip/bridged-legs');
const { legHeaders } = await importBuilt<typeof import('../src/sip/leg-headers.ts')>('sip/leg-headers');
const { Provisionals } = await importBuilt<typeof import('../src/sip/relay-provisional.ts')>('sip/relay-provisional');
const { ALLOW, callIdField, SERVER } = await importBuilt<typeof import('../src/sip/replies.ts')>('sip/replies');
const { SrfServer } = await importBuilt<typeof import('../src/sip/srf-server.ts')>('sip/srf-server');

interface Wanted {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** The SIP URI of the second leg. */
  readonly callee: string;
}

const { callee, ...address } = JSON.parse(process.env['BENCH_NULL_AGENT'] ?? '{}') as Wanted;
const log = jsonLogger('error');
const { callMs, firstResponseMs, ringMs, deadlines } = DEFAULT_AGENT_SETTINGS;
const decision = {
  outcome: 'connect',
  steps: [],
  versions: [],
  parties: {
    direction: 'inbound',
    mode: 'live',
    called: '+442079460000',
    caller: '+447700900123',
    numberId: null,
    accountId: null,
    subAccountId: null,
    identifiedBy: null,
  },
  candidates: [],
  presentation: { caller: '+447700900123', privacyId: false },
  leases: [],
} as Connect;
const bridged = new BridgedLegs();
const candidate = { trunkGroupId: null, gatewayId: null, endpointId: null, uri: callee, dialUser: null, chosen: true, reason: '' };
let calls = 0;

async function put(invite: ReceivedInvite): Promise<void> {
  calls += 1;
  const callId = newId();
  const stop = new AbortController();
  invite.onCancel(() => stop.abort());
  const outgoing = {
    uri: callee,
    nextHop: callee,
    headers: legHeaders(invite, decision, { uri: callee, callId: newId(), hops: [], maxForwards: 69, withheld: new Set() }),
    body: invite.body,
    contentType: invite.header('Content-Type') ?? 'application/sdp',
  };
  const provisionals = new Provisionals(invite, callId);
  const provisional = (reply: ReceivedReply) => void provisionals.relay(reply, true);
  const { answer } = await attemptInvite(invite.server, outgoing, { firstResponseMs, ringMs }, stop.signal, provisional);
  if (answer === null) {
    invite.reply(503);
    return;
  }
  answer.acknowledge();
  const headers = { ...callIdField(callId), Allow: ALLOW, Server: SERVER };
  const caller = await invite.accept({ headers, body: answer.reply.body, contentType: 'application/sdp' });
  const parts = { callId, decision, server: invite.server, hops: [], maxForwards: 69, candidate };
  const call = new AnsweredCall(parts, { legs: { answered: () => {} }, callMs }, () => {});
  const legs = [
    { dialog: caller, call, candidate: null },
    { dialog: answer.dialog, call, candidate },
  ] as const;
  new Bridge(...legs, { lateOffer: null, refer: (request) => request.reply(403), bridged, log });
  await call.gone;
}

const server = new SrfServer(
  address,
  {
    invite: (invite) => void put(invite).catch((error: unknown) => log.error('a call failed', { error: String(error) })),
    register: (request) => request.reply(405),
    options: (request) => request.reply(200),
    connection: () => process.send?.('connected'),
  },
  deadlines,
  log,
);
process.on('message', () => process.send?.({ calls }));
process.once('disconnect', () => {
  server.close();
  process.exit(0);
});
