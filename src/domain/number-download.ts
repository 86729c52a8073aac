import type { NumberType } from './number.ts';
import type { Snapshot } from './snapshot.ts';

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
export type NumberDownload = Snapshot<DownloadFilters>;

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
