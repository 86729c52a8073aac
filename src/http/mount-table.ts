export type FaceName = 'kros' | 'vobiz' | 'telnyx' | 'admin';

/** Where a face hangs. Only its own paths: a router or parser on `/` would answer for its neighbours (decision B30). */
export interface Mount {
  readonly face: FaceName;
  /** Prefix of the router; empty for bare paths. */
  readonly at: string;
  /** First segments below `at` that are the face's; null: all of them. */
  readonly paths: readonly string[] | null;
  /** Appended to operation ids, so that the same operation at two mounts has two ids. */
  readonly operationIdSuffix: string;
}

const KROS_PATHS = ['/phone-numbers', '/endpoints', '/webhooks', '/calls'];
/** The 18 operations of the vendor's group "Phone Number Orders" and the two attachments of requirement groups; nothing else is bare. */
const TELNYX_PATHS = ['/comments', '/number_orders', '/sub_number_orders', '/sub_number_orders_report', '/number_order_phone_numbers'];

/** The one table of what is mounted where (decision B32). */
export const MOUNTS: readonly Mount[] = [
  { face: 'kros', at: '', paths: KROS_PATHS, operationIdSuffix: '' },
  { face: 'kros', at: '/v1', paths: KROS_PATHS, operationIdSuffix: 'V1' },
  { face: 'telnyx', at: '', paths: TELNYX_PATHS, operationIdSuffix: 'Bare' },
  { face: 'telnyx', at: '/v2', paths: null, operationIdSuffix: '' },
  // All of it: its paths begin with Account, account or accounts, in any case.
  { face: 'vobiz', at: '/api/v1', paths: null, operationIdSuffix: '' },
  { face: 'admin', at: '/admin/v1', paths: null, operationIdSuffix: '' },
];

/** True when `path` lies at or below `prefix`. */
export const isBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);

/** True when the operations of `path`, which is relative to the mount, hang there. */
export const isMounted = ({ paths }: Mount, path: string): boolean => paths === null || paths.some((first) => isBelow(path, first));

/** The face that answers for a URL path, its errors included; null: no face knows it. */
export function faceAt(path: string): FaceName | null {
  const mount = MOUNTS.find(({ at, paths }) =>
    paths === null ? isBelow(path, at) : paths.some((first) => isBelow(path, `${at}${first}`)),
  );
  return mount?.face ?? null;
}
