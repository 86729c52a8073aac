/** The m= line of an RTP stream. */
export interface MediaLine {
  readonly port: string;
  readonly formats: readonly string[];
  /** The line again, with another port and other formats. */
  write(port: string, formats: readonly string[]): string;
}

/** Encoding names of formats that need no rtpmap (RFC 3551 §6). */
const STATIC_NAMES: Readonly<Record<string, string>> = {
  0: 'pcmu',
  3: 'gsm',
  4: 'g723',
  5: 'dvi4',
  6: 'dvi4',
  7: 'lpc',
  8: 'pcma',
  9: 'g722',
  10: 'l16',
  11: 'l16',
  12: 'qcelp',
  13: 'cn',
  14: 'mpa',
  15: 'g728',
  16: 'dvi4',
  17: 'dvi4',
  18: 'g729',
  25: 'celb',
  26: 'jpeg',
  28: 'nv',
  31: 'h261',
  32: 'mpv',
  33: 'mp2t',
  34: 'h263',
};

// A payload type has seven bits (RFC 3550 §5.1).
const FORMATS_MAX = 128;
const LINE = /^m=(\S{1,32}) (\d{1,5})((?:\/\d{1,5})?) (\S{1,32}) ([^\r\n]{1,1024})(\r?\n?)$/;
const RTP = /(?:^|\/)RTP\//;

/** Reads an m= line; null for one that is no RTP or cannot be read. */
export function readMediaLine(line: string): MediaLine | null {
  const [, media, port, count, protocol, list, end] = LINE.exec(line) ?? [];
  if (media === undefined || port === undefined || protocol === undefined || list === undefined || !RTP.test(`${protocol}/`)) return null;
  const formats = list.split(' ').filter((format) => format !== '');
  if (formats.length === 0 || formats.length > FORMATS_MAX) return null;
  return {
    port: String(Number(port)),
    formats,
    write: (newPort, kept) => `m=${media} ${newPort === '0' ? '0' : `${newPort}${count}`} ${protocol} ${kept.join(' ')}${end}`,
  };
}

/** What the attributes of a stream say of its formats. */
export interface NamedFormats {
  /** Encoding name in lower case; undefined where nobody says it. */
  nameOf(format: string): string | undefined;
  /** The format that this one repeats (RFC 4588 §8.1). */
  repeatedBy(format: string): string | undefined;
}

const RTPMAP = /^a=rtpmap:(\d{1,3})[ \t]+([A-Za-z0-9._-]{1,64})\/\d/;
const APT = /^a=fmtp:(\d{1,3})[ \t]+(?:[^\r\n;]{0,128};[ \t]*)?apt=(\d{1,3})/;

/** Reads the names of a stream's formats; the first that is said of one counts. */
export function namedFormats(lines: readonly string[]): NamedFormats {
  const [names, repeats] = [new Map<string, string>(), new Map<string, string>()];
  for (const line of lines) {
    const [, mapped, name] = RTPMAP.exec(line) ?? [];
    if (mapped !== undefined && name !== undefined && !names.has(mapped)) names.set(mapped, name.toLowerCase());
    const [, format, repeated] = APT.exec(line) ?? [];
    if (format !== undefined && repeated !== undefined && !repeats.has(format)) repeats.set(format, repeated);
  }
  return { nameOf: (format) => names.get(format) ?? STATIC_NAMES[format], repeatedBy: (format) => repeats.get(format) };
}
