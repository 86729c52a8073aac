import { type ChildStatus, onSupervisorMessage } from '../kit/child-process.ts';

/** The other processes of this system, as the supervisor last told. */
export interface Children {
  current(): Readonly<Record<string, ChildStatus>>;
  /** The expositions of all others that answer within the deadline. */
  metricsOfOthers(): Promise<string[]>;
  stop(): void;
}

const FETCH_MS = 1500;
const BYTES_MAX = 8 * 1024 * 1024;

/** Follows the supervisor's word on the other processes; without a supervisor there are none (decision C18). */
export function followChildren(): Children {
  let children: Readonly<Record<string, ChildStatus>> = {};
  const stop = onSupervisorMessage((message) => {
    if (message.type === 'children') children = message.children;
  });
  return {
    current: () => children,
    async metricsOfOthers() {
      const urls = Object.values(children).flatMap(({ pid, metrics_url: url }) => (url === undefined || pid === process.pid ? [] : [url]));
      const texts = await Promise.all(urls.map(fetchText));
      return texts.filter((text) => text !== null);
    },
    stop,
  };
}

/** A process that does not answer is missing in the sum, and its absence shows in `/readyz`. */
async function fetchText(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
    const text = await answer.text();
    return answer.ok && text.length <= BYTES_MAX ? text : null;
  } catch {
    return null;
  }
}
