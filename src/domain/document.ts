import type { Holder } from './account.ts';
import type { Mode } from './records.ts';

/** A file that a holder gave as proof; its content is kept apart. */
export interface DocumentFile {
  readonly id: string;
  readonly mode: Mode;
  readonly holder: Holder;
  readonly filename: string;
  readonly contentType: ContentType;
  readonly customerReference: string | null;
  /** What the last review of a value that names it said. */
  readonly status: 'pending' | 'verified' | 'denied';
  readonly sizeBytes: number;
  readonly sha256: Buffer;
  /** When a value first named it; null: none ever did. */
  readonly linkedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What files may be, and the bytes they begin with: a name or a header says nothing. */
const SIGNATURES = [
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['image/tiff', [0x4d, 0x4d, 0x00, 0x2a]],
] as const;

export type ContentType = (typeof SIGNATURES)[number][0];

/** The type of a file by its first bytes; null for one that is not taken. */
export const sniffContentType = (content: Uint8Array): ContentType | null =>
  SIGNATURES.find(([, bytes]) => bytes.every((byte, index) => content[index] === byte))?.[0] ?? null;

/** How long a document is there that no value names (seed-apis A.3). */
export const UNLINKED_MS = 1_800_000;

/** True while a document is there. */
export const isKept = ({ linkedAt, createdAt }: DocumentFile, nowMs: number): boolean =>
  linkedAt !== null || createdAt > nowMs - UNLINKED_MS;
