import type { Config } from '../../config/load-config.ts';
import { checkPorts } from '../../supervisor/check-ports.ts';
import type { RunningState } from '../connection.ts';
import { type Finding, LOOK_MS } from './check.ts';

/** Whether every port that a start would take is free. */
export async function checkFreePorts(config: Config): Promise<Finding> {
  await checkPorts(config);
  return { status: 'ok', detail: 'none runs on DATA_DIR; its ports are free' };
}

/** What the running daemon says of itself. */
export async function checkDaemon({ http_url: url, pid }: RunningState): Promise<Finding> {
  if (typeof url !== 'string') return { status: 'note', detail: `pid ${pid} runs without the api role` };
  const answer = await fetch(`${url}/readyz`, { redirect: 'error', signal: AbortSignal.timeout(LOOK_MS) });
  const { status } = (await answer.json()) as { status?: unknown };
  return { status: answer.ok ? 'ok' : 'bad', detail: `pid ${pid} at ${url} says ${String(status)}` };
}
