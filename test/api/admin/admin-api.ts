import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { explainCall } from '../../../src/app/calls/explain-call.ts';
import { judgeExpectations } from '../../../src/app/expectations/judge-expectations.ts';
import type { CallFolder } from '../../../src/app/ports/calls.ts';
import { adminFace } from '../../../src/http/admin/admin-face.ts';
import { newId } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { createAgentInbox } from '../../../src/redis/agent-inbox.ts';
import { createAgentRegistry } from '../../../src/redis/agents.ts';
import { createGatewayHealthStore } from '../../../src/redis/gateway-health.ts';
import { createLeaseBook } from '../../../src/redis/lease-book.ts';
import { createMinuteBook } from '../../../src/redis/minute-book.ts';
import { isPlaneAway } from '../../../src/redis/plane-away.ts';
import { PlaneView } from '../../../src/redis/plane-view.ts';
import { createRecordReader } from '../../../src/redis/record-reader.ts';
import { createSipBans } from '../../../src/redis/sip-bans.ts';
import type { SharedTestClock } from '../../../src/redis/test-clock.ts';
import { postgresAuditLog } from '../../../src/store/audit.ts';
import { postgresCallReader } from '../../../src/store/calls.ts';
import { countRecords } from '../../../src/store/count-records.ts';
import { postgresCallFolder } from '../../../src/store/fold-calls.ts';
import { postgresLimits } from '../../../src/store/limits.ts';
import { postgresPlaneHistory } from '../../../src/store/plane-history.ts';
import { postgresRouteAudit } from '../../../src/store/route-audit.ts';
import type { ApiAnswer, ApiRequest } from '../../support/api-call.ts';
import { type ApiHarness, type HarnessOptions, type HarnessParts, PLATFORM_KEY, startApiHarness } from '../../support/api-harness.ts';

/** The harness with the admin face on it. */
export interface AdminApi extends ApiHarness {
  /** A request to `/admin/v1${path}` with the platform key, unless another one is given. */
  admin(method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** The same, its body alone; throws unless it succeeded. */
  made(path: string, body: unknown): Promise<ApiAnswer['body']>;
  readonly folder: CallFolder;
  readonly parts: HarnessParts;
  /** Actions of the audit rows of a resource, oldest first. */
  actions(resource: string): Promise<string[]>;
}

export interface AdminOptions extends HarnessOptions {
  readonly importBytesMax?: number;
  readonly importRowsMax?: number;
  readonly exportMsMax?: number;
  /** Made once the connections are there. */
  readonly testClock?: (parts: HarnessParts) => Pick<SharedTestClock, 'advance'>;
}

/** Serves Kros and admin face over the test services. */
export async function startAdminApi(options: AdminOptions = {}): Promise<AdminApi> {
  let parts: HarnessParts | undefined;
  const api = await startApiHarness({
    ...options,
    moreFaces: (deps, given) => {
      parts = given;
      const { pool, redis, clock } = given;
      const reader = createRecordReader({ redis, plane: new PlaneView(), onBadValue: () => {} });
      const settings = { defaultCountry: null, unknownSource: 'drop' } as const;
      return [
        adminFace({
          ...deps,
          defaultCurrency: 'USD',
          countryOf: (e164) => parsePhoneNumberFromString(e164)?.country ?? null,
          exportMsMax: options.exportMsMax ?? 10_000,
          importBytesMax: options.importBytesMax ?? 8 * 1024 * 1024,
          importRowsMax: options.importRowsMax ?? 20_000,
          calls: postgresCallReader(pool),
          audit: postgresAuditLog(pool),
          agents: createAgentRegistry(redis),
          inbox: createAgentInbox(redis, 1000),
          limits: postgresLimits(pool),
          leases: createLeaseBook(redis),
          minutes: createMinuteBook(redis),
          gateways: createGatewayHealthStore(redis),
          sipBans: createSipBans(redis),
          countRecords: () => countRecords(pool),
          rebuild: async () => (await postgresPlaneHistory(pool).read()).rebuild,
          routeAudit: () => postgresRouteAudit(pool).load(),
          explain: (question) => explainCall(question, { reader, settings, clock, newId, present: deps.present }),
          decisionSettings: settings,
          judgeNow: (expectations) => judgeExpectations(expectations, reader, { settings, at: clock.now() }),
          isPlaneAway,
          testClock: options.testClock?.(given) ?? null,
        }),
        ...(options.moreFaces?.(deps, given) ?? []),
      ];
    },
  });
  if (parts === undefined) throw new Error('the face was not made');
  const admin: AdminApi['admin'] = (method, path, request = {}) => api.call(method, `/admin/v1${path}`, { key: PLATFORM_KEY, ...request });
  return {
    ...api,
    admin,
    async made(path, body) {
      const answer = await admin('POST', path, { body });
      if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    },
    folder: postgresCallFolder(parts.pool, silentLogger),
    parts,
    actions: async (resource) =>
      (await api.sql('select action from audit where resource = $1 order by at, id', [resource])).map(({ action }) => action),
  };
}

/** `errors` of a 422 as pointer (or parameter) → code. */
export const wrongFields = (answer: ApiAnswer): Record<string, string> =>
  Object.fromEntries(
    (answer.body.errors ?? []).map((error: Record<string, string>) => [error.pointer ?? error.parameter ?? error.header, error.code]),
  );

/** A page after page walk over a list. */
export async function walk(api: AdminApi, path: string, limit: number): Promise<{ id: string }[]> {
  const all: { id: string }[] = [];
  for (let after: string | null = null; ; ) {
    const answer: ApiAnswer = await api.admin('GET', `${path}limit=${limit}${after === null ? '' : `&after=${after}`}`);
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
    all.push(...answer.body.data);
    after = answer.body.next;
    if (after === null) return all;
  }
}
