import { type ApiAnswer, type ApiRequest, call as apiCall } from '../support/api-call.ts';
import { type Daemon, type DaemonState, startDaemon, tempDataDir, until } from '../support/daemon.ts';

/** The whole product, started as people start it, driven from outside only. */
export interface Product {
  readonly state: DaemonState;
  /** Where it keeps its data. */
  readonly dataDir: string;
  readonly daemon: Daemon;
  /** SIP address of the product. */
  readonly sip: { readonly host: string; readonly port: number };
  call(method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** As the platform. */
  admin(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the product in `dataDir` (a fresh one when absent) and waits until `/readyz` is 200. */
export async function startProduct(env: Readonly<Record<string, string>> = {}, dataDir?: string): Promise<Product> {
  const own = dataDir === undefined ? tempDataDir() : null;
  const folder = dataDir ?? own?.path ?? '';
  const daemon = startDaemon(folder, { LOG_LEVEL: 'warn', ...env });
  const state = await daemon.state();
  await until(
    () =>
      fetch(`${state.http_url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      ),
    30_000,
  );
  const call = (method: string, path: string, request?: ApiRequest) => apiCall(state.http_url, method, path, request);
  return {
    state,
    dataDir: folder,
    daemon,
    sip: { host: state.sip_host, port: state.sip_port },
    call,
    admin: (method, path, body) => call(method, `/admin/v1${path}`, { key: state.admin_api_key, ...(body === undefined ? {} : { body }) }),
    async stop() {
      daemon.process.kill('SIGTERM');
      const { code } = await daemon.exited;
      own?.remove();
      return code;
    },
  };
}
