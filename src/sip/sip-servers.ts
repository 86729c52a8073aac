import type { SipServer } from './sip-stack.ts';

/** The SIP servers an agent takes calls of; all or some are connected. */
export class SipServers {
  readonly #servers: readonly SipServer[];
  #whenConnected: (() => void)[] = [];

  /** `connect` begins to connect to each; its server tells by `moved` when one came or went. */
  constructor(connect: (moved: () => void) => readonly SipServer[]) {
    this.#servers = connect(() => {
      for (const tell of this.#whenConnected.splice(0)) tell();
    });
  }

  get all(): readonly SipServer[] {
    return this.#servers;
  }

  get connected(): number {
    return this.#servers.filter((server) => server.connected).length;
  }

  named(name: string): SipServer | undefined {
    return this.#servers.find((server) => server.name === name);
  }

  /** Resolves when every one is connected; rejects after `ms`. */
  async ready(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.connected < this.#servers.length) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${this.#servers.length - this.connected} SIP servers are not connected`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#whenConnected.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** What they kept of the messages of these Call-IDs, as JSON each. */
  async trace(sipCallIds: readonly string[]): Promise<readonly string[]> {
    return (await Promise.all(this.#servers.map((server) => server.trace(sipCallIds)))).filter((text) => text !== null);
  }
}
