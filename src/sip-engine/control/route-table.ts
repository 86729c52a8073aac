import type { Application, ApplicationDirectory } from '../dialog/application.ts';

/** An application that can be asked whether it takes more work. */
export interface RoutedApplication extends Application {
  readonly busy: boolean;
}

/** Methods there are a dozen of; `cdr:attempt` and its like are kept as well. */
const VERBS_MAX = 128;

/** Which applications serve which method; new requests go round. A repeated registration changes nothing. */
export class RouteTable implements ApplicationDirectory {
  readonly #byVerb = new Map<string, RoutedApplication[]>();
  readonly #next = new Map<string, number>();

  /** False when there are too many verbs. */
  add(verb: string, app: RoutedApplication): boolean {
    const list = this.#byVerb.get(verb) ?? [];
    if (list.length === 0 && this.#byVerb.size >= VERBS_MAX) return false;
    if (!list.includes(app)) list.push(app);
    this.#byVerb.set(verb, list);
    return true;
  }

  /** Pairs of application and verb. */
  get size(): number {
    let size = 0;
    for (const list of this.#byVerb.values()) size += list.length;
    return size;
  }

  /** Takes one verb of one application out (drachtio-server would take all of them). */
  remove(verb: string, app: RoutedApplication): void {
    const left = (this.#byVerb.get(verb) ?? []).filter((item) => item !== app);
    if (left.length === 0) {
      this.#byVerb.delete(verb);
      this.#next.delete(verb);
    } else this.#byVerb.set(verb, left);
  }

  removeAll(app: RoutedApplication): void {
    for (const verb of [...this.#byVerb.keys()]) this.remove(verb, app);
  }

  pick(method: string): Application | undefined {
    const verb = method.toLowerCase();
    const list = this.#byVerb.get(verb);
    if (list === undefined) return undefined;
    const from = this.#next.get(verb) ?? 0;
    for (let i = 0; i < list.length; i += 1) {
      const at = (from + i) % list.length;
      const app = list[at];
      if (app === undefined || app.busy || app.gone) continue;
      this.#next.set(verb, (at + 1) % list.length);
      return app;
    }
    return undefined;
  }
}
