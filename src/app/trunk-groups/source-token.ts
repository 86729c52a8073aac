import { isTokenHeader, type SourceToken } from '../../domain/source-marks.ts';
import type { Sealer } from '../../kit/seal.ts';

const contextOf = (header: string): string => `source-token:${header.toLowerCase()}`;

/** A token that requests must bear in a field, as a fingerprint: nobody can read it back. */
export const markToken = (sealer: Sealer, header: string, value: string): SourceToken => ({
  header,
  fingerprint: sealer.fingerprint(value, contextOf(header)),
});

/** Whether what a request says in its field is the token. */
export const bearsToken = (sealer: Sealer, { header, fingerprint }: SourceToken, said: string | undefined): boolean =>
  said !== undefined && isTokenHeader(header) && sealer.fits(fingerprint, said, contextOf(header));
