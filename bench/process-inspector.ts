import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** What a Node process holds once its garbage is collected. */
export interface HeldByProcess {
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  readonly emitters: number;
  /** Listeners on all of its emitters. */
  readonly listeners: number;
  /** Timers and handles that keep it alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

/** What a process started with this in NODE_OPTIONS opens on SIGUSR1: its inspector, on a port of the kernel's choice. */
export const INSPECTABLE = '--inspect-port=127.0.0.1:0';
const openMs = 5000;
const answerMs = 60_000;

const COUNT = `function () {
  let listeners = 0;
  for (const one of this) {
    try { for (const name of one.eventNames()) listeners += one.listenerCount(name); } catch {}
  }
  return { emitters: this.length, listeners };
}`;
const MEMORY = `(() => {
  const { heapUsed, external } = process.memoryUsage();
  const resources = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  return { heapUsedBytes: heapUsed, externalBytes: external, resources };
})()`;

/** Collects the garbage of a process and looks at what is left; Linux alone tells where its inspector listens. */
export async function heldBy(pid: number): Promise<HeldByProcess> {
  const port = await inspectorOf(pid);
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { webSocketDebuggerUrl: string }[];
  const ask = await openInspector(target?.webSocketDebuggerUrl ?? '');
  try {
    // Twice: what finalizers let go of is garbage of the next round.
    await ask('HeapProfiler.collectGarbage', {});
    await ask('HeapProfiler.collectGarbage', {});
    const memory = await ask('Runtime.evaluate', { expression: MEMORY, returnByValue: true });
    const prototype = await ask('Runtime.evaluate', {
      expression: "process.getBuiltinModule('node:events').prototype",
      objectGroup: 'held',
    });
    const found = await ask('Runtime.queryObjects', { prototypeObjectId: prototype.result?.objectId, objectGroup: 'held' });
    const counted = await ask('Runtime.callFunctionOn', {
      functionDeclaration: COUNT,
      objectId: found.objects?.objectId,
      returnByValue: true,
    });
    await ask('Runtime.releaseObjectGroup', { objectGroup: 'held' });
    return { ...memory.result?.value, ...counted.result?.value } as HeldByProcess;
  } finally {
    ask.close();
  }
}

interface Reply {
  readonly result?: { readonly objectId?: string; readonly value?: object };
  readonly objects?: { readonly objectId?: string };
}

type Ask = ((method: string, params: object) => Promise<Reply>) & { close(): void };

/** The inspector's protocol: one JSON request, one JSON reply. */
async function openInspector(url: string): Promise<Ask> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map<number, (reply: Reply) => void>();
  socket.on('message', (data) => {
    const { id, result } = JSON.parse(data.toString()) as { id?: number; result?: Reply };
    if (id === undefined) return;
    waiting.get(id)?.(result ?? {});
    waiting.delete(id);
  });
  let count = 0;
  const ask = (method: string, params: object): Promise<Reply> =>
    new Promise((resolve, reject) => {
      count += 1;
      const late = setTimeout(() => reject(new Error(`${method} was not answered within ${answerMs} ms`)), answerMs);
      waiting.set(count, (reply) => {
        clearTimeout(late);
        resolve(reply);
      });
      socket.send(JSON.stringify({ id: count, method, params }));
    });
  return Object.assign(ask, { close: () => socket.close() });
}

const opened = new Map<number, number>();

async function inspectorOf(pid: number): Promise<number> {
  const known = opened.get(pid);
  if (known !== undefined) return known;
  const before = new Set(listeningPorts(pid));
  process.kill(pid, 'SIGUSR1');
  const deadline = Date.now() + openMs;
  for (;;) {
    const port = listeningPorts(pid).find((one) => !before.has(one));
    if (port !== undefined) {
      opened.set(pid, port);
      return port;
    }
    if (Date.now() > deadline) throw new Error(`process ${pid} opened no inspector within ${openMs} ms`);
    await pause(20);
  }
}

/** TCP ports a process listens on, from /proc (proc(5)). */
function listeningPorts(pid: number): number[] {
  if (!existsSync(`/proc/${pid}/fd`)) throw new Error('what a process holds is read by way of /proc: run this on Linux');
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        return inode === undefined ? [] : [inode];
      } catch {
        return []; // Closed between the listing and the reading.
      }
    }),
  );
  const LISTEN = '0A';
  return readFileSync(`/proc/${pid}/net/tcp`, 'latin1')
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      return state === LISTEN && sockets.has(inode) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
    });
}
