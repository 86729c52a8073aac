import { parseDrachtioUrl } from '../../config/drachtio-url.ts';
import type { Config } from '../../config/load-config.ts';
import type { RunningState } from '../connection.ts';
import { canConnect } from './can-connect.ts';
import { type Finding, LOOK_MS } from './check.ts';

/** Whether the drachtio-servers, or the running engine, take connections; without both there is our own engine. */
export async function checkSipServer({ sip, process: { roles } }: Config, state: RunningState | null): Promise<Finding> {
  if (!roles.includes('agent')) return { status: 'ok', detail: 'not needed: ROLES has no agent' };
  if (sip.drachtioUrl !== undefined) {
    const servers = parseDrachtioUrl(sip.drachtioUrl, sip.drachtioSecret);
    if (servers === undefined) return { status: 'bad', detail: 'DRACHTIO_URL or its secret cannot be read' };
    for (const { host, port } of servers) await canConnect(host, port, LOOK_MS);
    return { status: 'ok', detail: `${servers.length} drachtio-server(s) take connections` };
  }
  if (typeof state?.sip_host !== 'string' || typeof state.sip_port !== 'number')
    return { status: 'ok', detail: 'embedded, our own engine' };
  await canConnect(state.sip_host, state.sip_port, LOOK_MS);
  return { status: 'ok', detail: `embedded, listens at ${state.sip_host}:${state.sip_port}` };
}
