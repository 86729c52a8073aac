import { spawn } from 'node:child_process';

/**
 * Ends a process that cannot watch us itself (Postgres, Redis) when we vanish: a shell that waits for the end of a pipe only we
 * hold, which the kernel closes even on kill -9 (decision C18: nothing outlives its supervisor). `release` dismisses it.
 */
export function watchOver(pid: number): { release(): void } {
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'dialplane-watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
  });
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  (watchdog.stdin as unknown as { unref?(): void }).unref?.();
  return { release: () => void watchdog.kill('SIGKILL') };
}

// 1.5 s for a clean end, then by force: both services recover from that at their next start.
const SCRIPT = `trap '' INT TERM HUP
while read -r _; do :; done
kill -INT "$1" 2>/dev/null || exit 0
n=0
while [ $n -lt 15 ]; do kill -0 "$1" 2>/dev/null || exit 0; sleep 0.1; n=$((n+1)); done
kill -KILL "$1" 2>/dev/null`;
