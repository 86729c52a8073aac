import { type ApiAnswer, type ApiRequest, call as apiCall } from '../support/api-call.ts';
import { type Daemon, type DaemonState, startDaemon, tempDataDir, until } from '../support/daemon.ts';
import { DRACHTIO_BIN, type DrachtioServer, startDrachtioServer } from '../support/drachtio-server.ts';

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

const CONTROL_SECRET = 'product-control-secret';

/** The product's own engine, or the drachtio-server that `DRACHTIO_BIN` names, which outlives the product as it does anywhere. */
async function sipServerOf(env: Readonly<Record<string, string>>): Promise<DrachtioServer | undefined> {
  if (DRACHTIO_BIN === undefined || env.DRACHTIO_URL !== undefined) return undefined;
  return startDrachtioServer(DRACHTIO_BIN, { secret: CONTROL_SECRET });
}

const urlOf = ({ control }: DrachtioServer) => ({ DRACHTIO_URL: `drachtio://:${CONTROL_SECRET}@${control.host}:${control.port}` });

/** Starts the product in `dataDir` (a fresh one when absent) and waits until `/readyz` is 200. */
export async function startProduct(env: Readonly<Record<string, string>> = {}, dataDir?: string): Promise<Product> {
  const own = dataDir === undefined ? tempDataDir() : null;
  const folder = dataDir ?? own?.path ?? '';
  const sipServer = await sipServerOf(env);
  const daemon = startDaemon(folder, { LOG_LEVEL: 'warn', ...(sipServer === undefined ? {} : urlOf(sipServer)), ...env });
  const state = await daemon.state();
  await until(
    () =>
      fetch(`${state.http_url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      ),
    120_000,
  );
  const call = (method: string, path: string, request?: ApiRequest) => apiCall(state.http_url, method, path, request);
  return {
    state,
    dataDir: folder,
    daemon,
    sip: sipServer?.sip ?? { host: state.sip_host, port: state.sip_port },
    call,
    admin: (method, path, body) => call(method, `/admin/v1${path}`, { key: state.admin_api_key, ...(body === undefined ? {} : { body }) }),
    async stop() {
      daemon.process.kill('SIGTERM');
      const { code } = await daemon.exited;
      await sipServer?.stop();
      own?.remove();
      return code;
    },
  };
}
