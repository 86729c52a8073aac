import type { FlowKeeper, KeptFlow } from '../app/ports/bindings.ts';
import type { Logger } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import { SERVER } from './replies.ts';
import type { SipServer } from './sip-stack.ts';
import { nextHopUri } from './targets.ts';

export interface KeepAliveDeps {
  readonly servers: () => readonly SipServer[];
  readonly flows: FlowKeeper;
  readonly everyMs: number;
  readonly perSecondMax: number;
  readonly log: Logger;
}

/** How often what is due is looked for; a flow is late by this at most. */
const LOOK_MS_MAX = 1000;

/**
 * Sends phones behind a NAT an OPTIONS each time it is due (decision C20). Every agent does so for the servers it is connected to, and
 * what one of them takes nobody else sends: no leader, at most `perSecondMax` a server and agent.
 */
export function startKeepAlive(deps: KeepAliveDeps): Loop {
  const intervalMs = Math.min(LOOK_MS_MAX, deps.everyMs / 2);
  const countMax = Math.max(1, Math.round((deps.perSecondMax * intervalMs) / 1000));
  const run = async (): Promise<boolean> => {
    for (const server of deps.servers()) {
      if (!server.connected) continue;
      for (const flow of await deps.flows.due(server.name, deps.everyMs, countMax)) ping(server, flow);
    }
    return false;
  };
  return startLoop({ name: 'keep-alive', run, intervalMs, log: deps.log });
}

function ping(server: SipServer, { contact, source }: KeptFlow): void {
  server.ping(contact, `${nextHopUri(source)};flow`, { 'User-Agent': SERVER, 'Max-Forwards': '1' });
}
