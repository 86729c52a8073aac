import { namedFormats, readMediaLine } from './sdp-formats.ts';

/** Which codecs may be used with a gateway. */
export interface CodecPolicy {
  /** Encoding names (RFC 3551 §6), compared without case; `telephone-event` needs no mention. */
  readonly allow: readonly string[];
  /** `prefer`: offered in the order of `allow`; absent: in the order of whoever offers. */
  readonly order?: 'prefer';
}

/** What a policy made of a session description. */
export type FilteredSdp =
  | { readonly result: 'same' }
  | { readonly result: 'changed'; readonly sdp: string }
  /** No stream is left that anybody could talk over. */
  | { readonly result: 'no_codec' };

// What a call is made of besides its codecs: key presses belong to every audio codec (RFC 4733).
const ALWAYS = 'telephone-event';
// Repeats of another format, good for nothing without it (RFC 4588 §8.1).
const REPEATS = 'rtx';
const SECTIONS_MAX = 64;

/** A name of a codec that a policy may list. */
export const isCodecName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(text);

/** Lines with their ends, so that what is not changed stays as it was to the byte. */
const linesOf = (sdp: string): string[] => sdp.split(/(?<=\n)/);

/** The session part, and each medium from its m= line on. */
function sectionsOf(sdp: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of linesOf(sdp)) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
}

const ATTRIBUTE = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d{1,3})[ \t\r\n]/;

interface Filtered {
  readonly lines: readonly string[];
  /** Somebody can talk over it. */
  readonly isOpen: boolean;
}

/** The formats of a medium that stay, in their order; null where no codec is among them. */
function keptFormats(formats: readonly string[], lines: readonly string[], policy: CodecPolicy): readonly string[] | null {
  const named = namedFormats(lines);
  const ranks = new Map(policy.allow.map((name, rank) => [name.toLowerCase(), rank]));
  const rankOf = (format: string): number | undefined => ranks.get(named.nameOf(format) ?? '');
  const codecs = formats.filter((format) => rankOf(format) !== undefined && named.nameOf(format) !== ALWAYS);
  if (codecs.length === 0) return null;
  const stays = (format: string): boolean => {
    const name = named.nameOf(format);
    if (name === REPEATS && !ranks.has(REPEATS)) return codecs.includes(named.repeatedBy(format) ?? '');
    return name === ALWAYS || rankOf(format) !== undefined;
  };
  const kept = formats.filter(stays);
  const last = policy.allow.length;
  return policy.order === undefined ? kept : kept.toSorted((a, b) => (rankOf(a) ?? last) - (rankOf(b) ?? last));
}

function filterMedium(lines: readonly string[], policy: CodecPolicy): Filtered {
  const [first = '', ...rest] = lines;
  const medium = readMediaLine(first);
  // What is no RTP, or cannot be read, is between the two ends.
  if (medium === null || medium.port === '0') return { lines, isOpen: medium === null };
  const kept = keptFormats(medium.formats, rest, policy);
  // RFC 3264 §6: a stream that is not wanted stays in its place with port 0, and names some format all the same.
  if (kept === null) return { lines: [medium.write('0', medium.formats), ...rest], isOpen: false };
  const gone = new Set(medium.formats.filter((format) => !kept.includes(format)));
  const isGone = (line: string): boolean => gone.has(ATTRIBUTE.exec(line)?.[1] ?? '');
  const isSame = kept.every((format, at) => format === medium.formats[at]) && gone.size === 0;
  return isSame
    ? { lines, isOpen: true }
    : { lines: [medium.write(medium.port, kept), ...rest.filter((line) => !isGone(line))], isOpen: true };
}

/**
 * A session description with no other codecs than a policy allows (RFC 3264): formats that are not allowed go with their attributes, all
 * other lines stay as they are to the byte; a stream without a codec gets port 0, and where none is left there is nothing to offer.
 */
export function filterCodecs(sdp: string, policy: CodecPolicy): FilteredSdp {
  const [session = [], ...media] = sectionsOf(sdp);
  if (media.length === 0) return { result: 'same' };
  if (media.length > SECTIONS_MAX) return { result: 'no_codec' };
  const filtered = media.map((lines) => filterMedium(lines, policy));
  const changed = [...session, ...filtered.flatMap(({ lines }) => lines)].join('');
  if (changed === sdp) return { result: 'same' };
  return filtered.some(({ isOpen }) => isOpen) ? { result: 'changed', sdp: changed } : { result: 'no_codec' };
}
