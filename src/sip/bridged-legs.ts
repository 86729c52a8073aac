import type { Bridge } from './bridge.ts';
import type { ReplacedDialog } from './refer-to.ts';
import type { Leg } from './relay-in-dialog.ts';

/** A leg and the bridge it is in. */
export interface BridgedLeg {
  readonly leg: Leg;
  readonly bridge: Bridge;
}

/** The legs of this agent's bridges by their Call-IDs, for whoever names one of them (RFC 3891). */
export class BridgedLegs {
  readonly #legs = new Map<string, BridgedLeg>();

  up(bridge: Bridge, legs: readonly Leg[]): void {
    for (const leg of legs) this.#legs.set(leg.dialog.callId, { leg, bridge });
  }

  /** A leg that is in another bridge by now stays. */
  down(bridge: Bridge, legs: readonly Leg[]): void {
    for (const { dialog } of legs) if (this.#legs.get(dialog.callId)?.bridge === bridge) this.#legs.delete(dialog.callId);
  }

  /** The leg whose peer sees this dialog: Call-ID and both tags (RFC 3891 §3). */
  find({ callId, toTag, fromTag }: ReplacedDialog): BridgedLeg | undefined {
    const found = this.#legs.get(callId);
    const tags = found?.leg.dialog.tags;
    return tags?.local === toTag && tags.remote === fromTag ? found : undefined;
  }
}
