/**
 * An agent that decides nothing: the product's own connection, legs and bridge with one fixed target, no facts, no Redis, no record.
 * A child of the suite `routing`, told by `BENCH_NULL_AGENT` which SIP server to join and whom to call; says how many calls it had
 * when asked by any message.
 */
import type { Connect } from '../src/domain/call.ts';
import { newId } from '../src/kit/ids.ts';
import { jsonLogger } from '../src/kit/log.ts';
import { DEFAULT_AGENT_SETTINGS } from '../src/sip/agent-settings.ts';
import { attemptInvite } from '../src/sip/attempt.ts';
import { Bridge } from '../src/sip/bridge.ts';
import { legHeaders } from '../src/sip/leg-headers.ts';
import { relayProvisional } from '../src/sip/relay-provisional.ts';
import { ALLOW, callIdField, SERVER } from '../src/sip/replies.ts';
import type { ReceivedInvite } from '../src/sip/sip-stack.ts';
import { SrfServer } from '../src/sip/srf-server.ts';

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
let calls = 0;

async function put(invite: ReceivedInvite): Promise<void> {
  calls += 1;
  const callId = newId();
  const stop = new AbortController();
  invite.onCancel(() => stop.abort());
  const outgoing = {
    uri: callee,
    nextHop: callee,
    headers: legHeaders(invite, decision, { uri: callee, callId: newId(), hops: [], maxForwards: 69 }),
    body: invite.body,
    contentType: invite.header('Content-Type') ?? 'application/sdp',
  };
  const provisional = (reply: Parameters<typeof relayProvisional>[2]) => void relayProvisional(invite, callId, reply, true);
  const { answer } = await attemptInvite(invite.server, outgoing, { firstResponseMs, ringMs }, stop.signal, provisional);
  if (answer === null) {
    invite.reply(503);
    return;
  }
  answer.acknowledge();
  const headers = { ...callIdField(callId), Allow: ALLOW, Server: SERVER };
  const caller = await invite.accept({ headers, body: answer.reply.body, contentType: 'application/sdp' });
  await new Bridge(caller, answer.dialog, { lateOffer: null, callMs, log }, () => {}).done;
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
