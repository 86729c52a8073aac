import type { Core, Relay } from '../dialog/core.ts';
import { type Incoming, refuse } from '../dialog/incoming.ts';
import { resolveUri, routeInDialog } from '../dialog/next-hop.ts';
import { newBranch } from '../dialog/request-plan.ts';
import { parseNameAddrs } from '../message/name-addr.ts';
import type { RequestView } from '../message/read-request.ts';
import { headerLines } from '../message/sip-message.ts';
import type { Peer } from '../transport/peer.ts';
import type { BranchTarget } from './branch.ts';
import { hopsLeft, type Passing, passOn } from './forward-message.ts';
import { readOwnRoute } from './record-route.ts';
import { ResponseContext } from './response-context.ts';

/** Passes on what comes along the Record-Route of a call that was passed on (RFC 3261 §16.4 to §16.6). */
export const relayOf = (core: () => Core): Relay => ({
  request: (incoming) => relayRequest(core(), incoming),
  acknowledgement: (view, from) => relayAck(core(), view, from),
});

function relayRequest(core: Core, incoming: Incoming): boolean {
  const { view } = incoming;
  const target = nextTarget(core, view);
  if (target === undefined) return false;
  if ((hopsLeft(view) ?? 0) < 0) {
    refuse(incoming, 483);
    return true;
  }
  if (view.message.method === 'INVITE') refuse(incoming, 100);
  const passing = passingOf(view, incoming.from, target);
  const nothing = (): void => {};
  const context = new ResponseContext(core, incoming, {
    simultaneous: false,
    provisionalMs: undefined,
    finalMs: undefined,
    follow: undefined,
    build: (_target, peer, branch) => passOn(core, passing, peer, branch),
    onFinal: nothing,
    onDone: nothing,
    onLate: nothing,
  });
  context.start([target]);
  return true;
}

// RFC 3261 §16.2: an ACK to a 2xx is passed on without state.
function relayAck(core: Core, view: RequestView, from: Peer): boolean {
  const target = nextTarget(core, view);
  if (target === undefined) return false;
  if ((hopsLeft(view) ?? 0) < 0) {
    core.tally.drop('hopless_ack');
    return true;
  }
  const send = (peer: Peer | undefined): void => {
    if (peer === undefined || core.isSelf(peer)) core.tally.drop('unreachable_ack');
    else core.send({ bytes: passOn(core, passingOf(view, from, target), peer, newBranch()).bytes, method: 'ACK', status: '' }, peer);
  };
  if (target.flow !== undefined) send(target.flow);
  else resolveUri(core, target.hop, (targets) => send(targets.ok ? targets.value[0] : undefined));
  return true;
}

const passingOf = (view: RequestView, from: Peer, { requestUri, routes }: BranchTarget): Passing => ({
  view,
  from,
  requestUri,
  routes,
  recordRoutes: [],
  given: undefined,
});

/** Where a request with our Route goes next; undefined when it has none that we wrote for this call. */
function nextTarget(core: Core, view: RequestView): BranchTarget | undefined {
  const { message } = view;
  const routes = headerLines(message, 'route').flatMap((line) => (parseNameAddrs(line) ?? []).map(({ uri }) => `<${uri}>`));
  // A strict router before us made our Route the Request-URI, and the Request-URI the last Route (RFC 3261 §16.4).
  const strict = readOwnRoute(core, message.uri, view);
  const remoteTarget = strict === undefined ? message.uri : (routes.pop()?.slice(1, -1) ?? '');
  let own = strict;
  while (routes[0] !== undefined) {
    const read = readOwnRoute(core, routes[0], view);
    if (read === undefined) break;
    own = read;
    routes.shift();
  }
  const isThere = own?.leadsTo(routes[0] ?? remoteTarget) === true || (routes.length === 0 && own?.flow !== undefined);
  if (own === undefined || !isThere) return undefined;
  const end = { remoteTag: '', remoteAddress: '', remoteTarget, routeSet: routes };
  const flow = routes.length === 0 ? own.flow : undefined;
  return { ...routeInDialog(end), flow };
}
