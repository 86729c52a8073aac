/** A CSV as long as it has no quotes: lines and commas. Most imports are that, and the full parser costs ten times as much a row. */
export interface PlainCsv {
  /** Reads what is whole of it. False: what `rest` gives, and all that comes after, is for the full parser. */
  take(chunk: Buffer): boolean;
  /** What was taken and not read. */
  rest(): Buffer;
  /** The last line may have no line end. */
  end(): void;
}

const NEWLINE = 10;
const QUOTE = 34;
const SPACE = 32;
const BOM = '\uFEFF';

/** Hands each record to `read`; each byte is copied once, however small the pieces are. A longer line is left to the full parser. */
export function plainCsv(lineBytesMax: number, read: (record: readonly string[]) => void): PlainCsv {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let isFirst = true;

  const append = (piece: Buffer): void => {
    pieces.push(piece);
    bytes += piece.length;
  };
  const readLines = (): void => {
    const text = Buffer.concat(pieces, bytes).toString('utf8');
    pieces = [];
    bytes = 0;
    for (const line of (isFirst && text.startsWith(BOM) ? text.slice(1) : text).split('\n')) {
      const record = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (record !== '') read(record.split(',').map(trimmed));
    }
    isFirst = false;
  };

  return {
    take(chunk) {
      const end = chunk.lastIndexOf(NEWLINE);
      const isPlain = !chunk.includes(QUOTE) && !hasLongLine(chunk, bytes, lineBytesMax);
      if (!isPlain || end < 0) {
        append(chunk);
        return isPlain;
      }
      append(chunk.subarray(0, end));
      readLines();
      append(chunk.subarray(end + 1));
      return true;
    },
    rest: () => Buffer.concat(pieces, bytes),
    end: readLines,
  };
}

/** `before` bytes of its first line came earlier. */
function hasLongLine(chunk: Buffer, before: number, bytesMax: number): boolean {
  if (before + chunk.length <= bytesMax) return false;
  let from = -before;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
    if (at - from > bytesMax) return true;
    from = at + 1;
  }
  return chunk.length - from > bytesMax;
}

/** Spaces and control characters around a field are not part of it. */
const trimmed = (field: string): string =>
  field.charCodeAt(0) <= SPACE || field.charCodeAt(field.length - 1) <= SPACE ? field.trim() : field;
