import { ok } from '../../kit/result.ts';
import type { Targets } from '../../kit/sip-names/resolver.ts';
import type { SipUri } from '../message/uri.ts';
import type { Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { byStream, streamFor } from './neighbour.ts';
import { isWebSocket, resolveUri } from './next-hop.ts';

/** Finds the peers for the next request of a dialog. */
export function resolveInDialog(core: Core, dialog: Dialog, hop: SipUri | undefined, done: (targets: Targets) => void): void {
  const { flow, neighbour } = dialog;
  if (flow !== undefined && (isWebSocket(flow) || (dialog.routeSet.length === 0 && isUsable(flow)))) {
    done(ok([flow]));
    return;
  }
  const stream = streamFor(neighbour, hop);
  if (stream !== undefined) {
    done(ok([stream]));
    return;
  }
  // Its Contact is a number as a rule: who was called by a name proves that name on a new stream too.
  const serverName = dialog.serverName;
  resolveUri(
    core,
    hop,
    (targets) => done(targets.ok ? ok(targets.value.map((target) => byStream(neighbour, target))) : targets),
    serverName,
  );
}

// A flow that is the only way there is used dead as well: its request fails at once, and with it the dialog, instead of
// ringing at somebody's NAT. So is a WebSocket's, whose peer cannot be called.
const isUsable = (flow: Peer): boolean => flow.onlyFlow === true || flow.connection === undefined || flow.connection.open;
