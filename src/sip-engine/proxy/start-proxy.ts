import { err, ok, type Result } from '../../kit/result.ts';
import { defaultPort } from '../../kit/sip-names/sip-transport.ts';
import { answer } from '../dialog/answer.ts';
import type { Application } from '../dialog/application.ts';
import { closeWork } from '../dialog/close-work.ts';
import type { Core } from '../dialog/core.ts';
import { dialogOfClient } from '../dialog/make-dialog.ts';
import { flowOf, recordRoutes } from '../dialog/next-hop.ts';
import type { RequestPlan } from '../dialog/request-plan.ts';
import { endUnwanted, type Unwanted } from '../dialog/send-ack.ts';
import type { ServerWork } from '../dialog/server-work.ts';
import { parseNameAddrs } from '../message/name-addr.ts';
import type { ResponseView } from '../message/read-response.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, headerLines, type SipRequest } from '../message/sip-message.ts';
import { classifyUri, parseSipUri } from '../message/uri.ts';
import type { Peer } from '../transport/peer.ts';
import type { BranchTarget } from './branch.ts';
import { hopsLeft, passOn } from './forward-message.ts';
import type { ProxyOrder } from './proxy-order.ts';
import { isOwnRoute, recordRouteFor, withCalledEnd } from './record-route.ts';
import { ResponseContext } from './response-context.ts';

/** What the application hears of a request it had passed on. */
export interface ProxyReport {
  /** A final response of a target; more may follow. */
  response(view: ResponseView, from: Peer): void;
  /** It is over, or why it could not begin. */
  done(result: Result<'done', string>): void;
}

const UNKNOWN = (txnId: string): string => `Unknown transaction id: ${txnId}`;
const HOPLESS = 'Rejected with 483 Too Many Hops due to Max-Forwards value of 0';

/** Passes a request on that an application was given and has not answered: the `proxy` command (RFC 3261 §16). */
export function startProxy(core: Core, app: Application, txnId: string, order: ProxyOrder, given: SipRequest, report: ProxyReport): void {
  const work = core.work.get(txnId);
  if (work === undefined || work.app !== app || work.dialog !== undefined || work.view.toTag !== '' || work.tagged || work.concluded)
    return void report.done(err(UNKNOWN(txnId)));
  // From here on the application has no part in it: its loss changes nothing.
  closeWork(core, work);
  const refuse = (status: number, why: string, headers = [] as ReturnType<typeof makeHeader>[]): void => {
    answer({ request: work.view.message, transaction: work.transaction, from: work.from }, status, { headers });
    report.done(err(why));
  };
  if ((hopsLeft(work.view) ?? 0) < 0) return void refuse(483, HOPLESS);
  const required = headerLines(work.view.message, 'proxy-require').join(', ');
  // RFC 3261 §16.3 step 5: there is no extension a proxy would have to know that we do.
  if (required !== '') return void refuse(420, `unsupported: ${required}`, [makeHeader('Unsupported', required)]);
  pass(core, work, order, given, report);
}

function pass(core: Core, work: ServerWork, order: ProxyOrder, given: SipRequest, report: ProxyReport): void {
  const keepsUri = !isOurs(core, work.view.message.uri);
  const routes = remainingRoutes(work.view.message);
  const targetOf = (uri: string, redirected: boolean): BranchTarget => {
    const requestUri = redirected || !keepsUri ? uri : work.view.message.uri;
    return { requestUri, routes, hop: classifyUri(uri).kind === 'sip' ? parseSipUri(uri) : undefined, flow: undefined };
  };
  // Without `fullResponse` an application hears one thing alone, as soon as the request leaves.
  let told = false;
  const tell = (result: Result<'done', string>): void => {
    if (!told) report.done(result);
    told = true;
  };
  const unwanted: Unwanted = new Map();
  const context = new ResponseContext(core, work, {
    simultaneous: order.simultaneous,
    provisionalMs: order.provisionalMs,
    finalMs: order.finalMs,
    follow: order.followRedirects ? (uri) => targetOf(uri, true) : undefined,
    build: ({ requestUri }, peer, branch) => {
      if (!order.fullResponse) tell(ok('done'));
      const recordRoutes = order.recordRoute ? routesOfOurs(core, work, requestUri, peer) : [];
      return passOn(core, { view: work.view, from: work.from, requestUri, routes, recordRoutes, given }, peer, branch);
    },
    onFinal: (view, from) => {
      if (order.fullResponse) report.response(view, from);
    },
    onDone: (sent) => tell(sent ? ok('done') : err('error proxying request to ')),
    onLate: (view, from, plan) => endLate(core, work, unwanted, view, from, plan),
    ...(order.recordRoute ? { passing: (view: ResponseView) => withCalledEnd(core, view) } : {}),
  });
  context.start(order.destinations.map((uri) => targetOf(uri, false)));
}

// drachtio-server: a Request-URI that names somebody else stays, and the destination is only where it goes.
function isOurs(core: Core, uri: string): boolean {
  const read = parseSipUri(uri);
  if (read === undefined) return false;
  const address = read.host.startsWith('[') ? read.host.slice(1, -1) : read.host;
  return (['udp', 'tcp', 'tls', 'ws', 'wss'] as const).some((protocol) =>
    core.isSelf({ protocol, address, port: read.port ?? defaultPort(protocol) }),
  );
}

// Some phones load a Route with us in it before any dialog is there (RFC 3261 §16.4).
const remainingRoutes = (message: SipRequest): string[] =>
  headerLines(message, 'route')
    .flatMap((line) => (parseNameAddrs(line) ?? []).map(({ uri }) => `<${uri}>`))
    .slice(1);

function routesOfOurs(core: Core, { view, from }: ServerWork, requestUri: string, to: Peer): string[] {
  if (view.message.method === 'REGISTER') return recordRouteFor(core, view, requestUri, { from: to, to }, undefined);
  const routed = header(view.message, 'record-route') !== undefined;
  const caller = flowOf(core, from, view.contact?.uri ?? '', routed);
  // Where what comes back for the caller goes next: the proxy before us, or he himself.
  const callerUri = recordRoutes(view.message)[0] ?? view.contact?.uri ?? '';
  const ends = { caller, callerUri, called: to.onlyFlow === true ? to : undefined };
  return recordRouteFor(core, view, requestUri, { from, to }, ends);
}

/** The caller has our refusal already: the answer is acknowledged and the call ended in the caller's name, once. */
function endLate(core: Core, work: ServerWork, unwanted: Unwanted, view: ResponseView, from: Peer, plan: RequestPlan): void {
  if (plan.method !== 'INVITE') return;
  endUnwanted(core, unwanted, view.toTag, plan.cseq, () => {
    const made = { id: work.dialogId, app: work.app, plan, localTag: view.fromTag, contact: '' };
    const dialog = dialogOfClient(core, made, view, from);
    const way = recordRoutes(view.message).reverse();
    const own = way.findLastIndex((route) => isOwnRoute(core, route, view));
    return Object.assign(dialog, { routeSet: way.slice(own + 1) });
  });
}
