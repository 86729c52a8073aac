/** Cuts a TCP byte stream into SIP messages by Content-Length (RFC 3261 §18.3); CRLF keep-alives are dropped. */
export class StreamFramer {
  #buffer: Buffer = Buffer.alloc(0);

  /** Adds bytes and returns the messages that are now whole. */
  push(chunk: Buffer): Buffer[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const messages: Buffer[] = [];
    for (;;) {
      this.#skipKeepAlives();
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end < 0) return messages;
      const length = /\r\n(?:content-length|l)[ \t]*:[ \t]*(\d+)/i.exec(this.#buffer.subarray(0, end).toString('latin1'));
      const total = end + 4 + Number(length?.[1] ?? 0);
      if (this.#buffer.length < total) return messages;
      messages.push(this.#buffer.subarray(0, total));
      this.#buffer = this.#buffer.subarray(total);
    }
  }

  #skipKeepAlives(): void {
    let at = 0;
    while (this.#buffer[at] === 13 || this.#buffer[at] === 10) at += 1;
    if (at > 0) this.#buffer = this.#buffer.subarray(at);
  }
}
