import { readFileSync } from 'node:fs';
import { runCli } from './run-cli.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

// Whoever reads us may have seen enough (`| head`): that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => {});

const code = await runCli(
  process.argv.slice(2),
  { env: process.env, cwd: process.cwd(), version },
  {
    out: (text) => new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve()))),
    err: (text) => process.stderr.write(text),
    errIsTerminal: process.stderr.isTTY === true,
  },
);
// Pipes take what is written when they can: the last of it must be out before the end.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
