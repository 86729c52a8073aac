import type { Redis } from 'ioredis';
import type { RecordRef } from '../domain/records.ts';
import type { Logger } from '../kit/log.ts';
import { ASK_MESSAGE } from './agent-copies.ts';
import { invalidationChannel } from './keys.ts';
import { PLANE_MESSAGE } from './plane.ts';
import { type PlaneMarker, parseMarker } from './plane-view.ts';

/** What a feed tells its listener. */
export interface InvalidationListener {
  /** From now on nothing is missed; what was read before may be old. */
  onLive(): void;
  /** The subscription broke: whatever changes now is not told. */
  onLost(): void;
  onRecord(ref: RecordRef, version: number): void;
  onPlane(marker: PlaneMarker): void;
  /** Somebody wants to know when all that was told before is in the copy. */
  onAsk(token: string): void;
  onBadMessage(): void;
}

/** What a feed needs: a connection of its own, since one that subscribes takes no other commands (RESP2). */
export interface InvalidationFeedDeps {
  readonly subscriber: Redis;
  readonly listener: InvalidationListener;
  readonly log: Logger;
}

const MESSAGE_LENGTH_MAX = 1024;
const TOKEN = /^[0-9a-f]{1,64}$/;
const HEAD = /^[0-9]{1,10}\.([0-9]{1,15})\.$/;
const KINDS = /^(number|endpoint|trunk_group|credential|account|route_set|source):/;

/** Subscribes now and after every reconnect, and tells when it is live. `stop` takes its listeners off the connection. */
export class InvalidationFeed {
  readonly #deps: InvalidationFeedDeps;
  readonly #channel: string;
  #live = false;
  #stopped = false;

  constructor(deps: InvalidationFeedDeps) {
    this.#deps = deps;
    this.#channel = invalidationChannel(deps.subscriber.options.db ?? 0);
    deps.subscriber.on('ready', this.#subscribe);
    deps.subscriber.on('close', this.#lost);
    deps.subscriber.on('message', this.#message);
  }

  /** Subscribes for the first time; throws when Redis refuses. */
  async start(): Promise<void> {
    await this.#deps.subscriber.subscribe(this.#channel);
    this.#goLive();
  }

  stop(): void {
    this.#stopped = true;
    this.#deps.subscriber.off('ready', this.#subscribe);
    this.#deps.subscriber.off('close', this.#lost);
    this.#deps.subscriber.off('message', this.#message);
  }

  #goLive(): void {
    if (this.#stopped || this.#live || this.#deps.subscriber.status !== 'ready') return;
    this.#live = true;
    this.#deps.listener.onLive();
  }

  readonly #subscribe = (): void => {
    this.#deps.subscriber.subscribe(this.#channel).then(
      () => this.#goLive(),
      (error: Error) => {
        if (this.#stopped) return;
        this.#deps.log.warn('cannot subscribe to invalidations', { error: error.message });
        // Connected but not subscribed is no state to stay in; the next `ready` tries again.
        if (this.#deps.subscriber.status === 'ready') this.#deps.subscriber.disconnect(true);
      },
    );
  };

  readonly #lost = (): void => {
    if (!this.#live) return;
    this.#live = false;
    this.#deps.listener.onLost();
  };

  /** `epoch.version. ref`, `plane marker` or `ask token`. */
  readonly #message = (channel: string, text: string): void => {
    if (channel !== this.#channel) return;
    const { listener } = this.#deps;
    const space = text.length > MESSAGE_LENGTH_MAX ? -1 : text.indexOf(' ');
    const head = text.slice(0, Math.max(space, 0));
    const rest = text.slice(space + 1);
    const marker = head === PLANE_MESSAGE ? parseMarker(rest) : undefined;
    const version = HEAD.exec(head)?.[1];
    if (marker !== undefined) listener.onPlane(marker);
    else if (head === ASK_MESSAGE && TOKEN.test(rest)) listener.onAsk(rest);
    else if (version !== undefined && KINDS.test(rest)) listener.onRecord(rest as RecordRef, Number(version));
    else listener.onBadMessage();
  };
}
