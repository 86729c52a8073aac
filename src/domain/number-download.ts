import type { Holder } from './account.ts';
import type { NumberType } from './number.ts';
import type { Mode } from './records.ts';

/** Which numbers a download is of; absent keys: whatever they are. */
export interface DownloadFilters {
  readonly country?: string;
  readonly type?: string;
  readonly search?: string;
  readonly tag?: string;
  readonly customerReference?: string;
  readonly trunkGroupId?: string;
  readonly billingGroupId?: string | null;
  readonly standing?: 'active' | 'given_back' | 'unset' | 'provided' | 'rejected' | 'approved';
}

/** A list of a holder's numbers as they were when it was written. */
export interface NumberDownload {
  readonly id: string;
  readonly mode: Mode;
  readonly holder: Holder;
  readonly status: 'pending' | 'success' | 'failed';
  readonly filters: DownloadFilters;
  readonly rowsCount: number;
  /** When its rows go; null exactly unless `success`. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One line of a download. */
export interface DownloadRow {
  readonly extId: string;
  readonly e164: string;
  readonly country: string;
  readonly type: NumberType;
  readonly lifecycle: string;
  /** What holds an ordered number up; null: nothing, or it is not one. */
  readonly waitsFor: 'unset' | 'provided' | 'rejected' | null;
  /** As clients know it. */
  readonly trunkGroupExtId: string | null;
  readonly trunkGroupName: string | null;
  readonly tags: readonly string[];
  readonly customerReference: string | null;
  readonly billingGroupId: string | null;
  readonly deletionLock: boolean;
  readonly purchasedAt: number | null;
  readonly updatedAt: number;
}

/** A download that nobody has written for so long, in ms, is one that failed. */
export const DOWNLOAD_PENDING_MS_MAX = 3_600_000;

/** How far a download is now: by the time, so that no job needs to run for it to fail or to expire. */
export function downloadStatusOf(download: NumberDownload, nowMs: number): NumberDownload['status'] | 'expired' {
  if (download.expiresAt !== null && download.expiresAt <= nowMs) return 'expired';
  return download.status === 'pending' && nowMs >= download.createdAt + DOWNLOAD_PENDING_MS_MAX ? 'failed' : download.status;
}
