const HASH = 0x23;

/** Cuts `<decimal length>#<payload>` frames out of a byte stream. Holds at most one frame and one chunk. */
export class FrameReader {
  readonly #frame: (payload: Buffer) => void;
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = 0;

  constructor(frame: (payload: Buffer) => void) {
    this.#frame = frame;
  }

  /** Takes the next bytes; false when they can be no frame, and the connection should be closed. */
  push(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // Joined only when a frame may be complete, so that trickled bytes cost no copying each.
    if (this.#held < this.#needed) return true;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      const start = readLength(bytes);
      if (start === 'bad') return false;
      if (start === 'more' || bytes.length < start.at + start.length) {
        this.#needed = start === 'more' ? 0 : start.at + start.length;
        break;
      }
      const end = start.at + start.length;
      this.#frame(bytes.subarray(start.at, end));
      bytes = bytes.subarray(end);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#held = bytes.length;
    return true;
  }
}

function readLength(bytes: Buffer): { readonly at: number; readonly length: number } | 'more' | 'bad' {
  let length = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const code = bytes[i] ?? 0;
    if (code === HASH) return i === 0 || length === 0 ? 'bad' : { at: i + 1, length };
    if (code < 0x30 || code > 0x39 || i >= 5) return 'bad';
    length = 10 * length + code - 0x30;
  }
  return 'more';
}
