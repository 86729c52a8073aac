import type { RingOrder } from '../../domain/binding.ts';
import { type Endpoint, isTargetUri, TARGET_URI_RULE, targetsOf } from '../../domain/endpoint.ts';
import type { EndpointFallback, EndpointRoute } from '../../domain/endpoint-route.ts';
import type { Target } from '../../domain/records.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { isJsonObject } from '../../kit/json-object.ts';
import { err, ok, type Result } from '../../kit/result.ts';

/** What an owner says of an endpoint. */
export interface EndpointFields {
  readonly name: string;
  readonly type: string;
  readonly url: string | null;
  readonly providerConfig: Readonly<Record<string, unknown>>;
  readonly status: Endpoint['status'];
  /** SIP targets named outright; absent: they follow from type, url and provider_config. */
  readonly targets?: readonly Target[];
  /** How the phones of a SIP user among the targets are rung; absent: by their q. */
  readonly ring?: RingOrder;
  /** Where calls go instead of to targets; absent: to its targets. */
  readonly route?: EndpointRoute;
  /** Where calls go on to that it could not put through; null takes it away. */
  readonly fallback?: EndpointFallback | null;
}

const TARGETS_MAX = 20;

/** Decides where an endpoint described like this would ring. */
export function decideTargets(
  fields: Pick<EndpointFields, 'type' | 'url' | 'providerConfig' | 'targets' | 'route'>,
): Result<readonly Target[], RequestRefusal> {
  if (fields.route !== undefined) return ok([]);
  if (fields.targets === undefined) return targetsOf(fields.type, fields.url, fields.providerConfig);
  if (fields.targets.length > TARGETS_MAX) return err(invalidBody(['targets'], `At most ${TARGETS_MAX} targets.`, 'out_of_range'));
  const wrong = fields.targets.findIndex(({ uri }) => !isTargetUri(uri));
  return wrong < 0 ? ok(fields.targets) : err(invalidBody(['targets', wrong, 'uri'], TARGET_URI_RULE));
}

/** Decides a patch of an endpoint. Returns the same object when nothing changes. */
export function decideEndpointPatch(endpoint: Endpoint, patch: Partial<EndpointFields>, nowMs: number): Result<Endpoint, RequestRefusal> {
  const { targets: given, ring = ringOf(endpoint), route, fallback = endpoint.fallback ?? null, ...described } = patch;
  const { route: routeBefore, fallback: _, ...before } = endpoint;
  const replaced = given !== undefined && canonical(given) !== canonical(endpoint.targets);
  // Targets named outright stand for themselves: what the owner described before would tell of other ones.
  const instead = route === undefined ? (replaced ? asCustomSip(given) : {}) : asRouted();
  const next = { ...before, ...described, ...instead };
  const moved = patch.type !== undefined || patch.url !== undefined || patch.providerConfig !== undefined;
  // Whoever says where it rings has it ring there: a route goes with what it stood for, as targets do.
  const kept = route ?? (given === undefined && !moved ? routeBefore : undefined);
  const targets = targetsAfter(endpoint, next, { given, moved, kept });
  if (!targets.ok) return targets;
  const after: Endpoint = {
    ...next,
    providerConfig: withRing(next.providerConfig, ring),
    targets: targets.value,
    ...(kept === undefined ? {} : { route: kept }),
    ...(fallback === null ? {} : { fallback }),
  };
  return ok(isSame(endpoint, after) ? endpoint : { ...after, version: endpoint.version + 1, updatedAt: nowMs });
}

function targetsAfter(
  { targets }: Endpoint,
  next: Endpoint,
  { given, moved, kept }: { given: readonly Target[] | undefined; moved: boolean; kept: EndpointRoute | undefined },
): Result<readonly Target[], RequestRefusal> {
  if (kept !== undefined) return ok([]);
  if (given !== undefined) return decideTargets({ ...next, targets: given });
  return moved ? decideTargets(noTargets(next)) : ok(targets);
}

/** How the phones of a SIP user among the targets are rung; kept with what else its owner said of it. */
export const ringOf = ({ providerConfig: { ring } }: Pick<Endpoint, 'providerConfig'>): RingOrder =>
  ring === 'parallel' || ring === 'serial' ? ring : 'q';

/** What an owner said of an endpoint, with the order its phones are rung in. */
export function withRing(providerConfig: Endpoint['providerConfig'], order: RingOrder): Endpoint['providerConfig'] {
  const { ring: _before, ...others } = providerConfig;
  return order === 'q' ? others : { ...others, ring: order };
}

/** How an endpoint made of targets alone is described. */
export const asCustomSip = (targets: readonly Target[]): Pick<EndpointFields, 'type' | 'url' | 'providerConfig'> => ({
  type: 'custom_sip',
  url: targets[0]?.uri ?? null,
  providerConfig: {},
});

/** How an endpoint with a route is described: faces that know no routes show one without a URL. */
const asRouted = (): Pick<EndpointFields, 'type' | 'url' | 'providerConfig'> => ({
  type: 'custom_sip',
  url: null,
  providerConfig: {},
});

const noTargets = ({ type, url, providerConfig }: Endpoint) => ({ type, url, providerConfig });

/** jsonb gives keys back in its own order: what means the same is the same. */
const isSame = (a: Endpoint, b: Endpoint): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    isJsonObject(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
