/** `npm start`: the daemon. Everything is loaded after the version check, because an old Node cannot even load it (decision B38). */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ≥ 20.19 needed, found ${process.versions.node}: nodesource, nvm or Debian 13`);
  process.exit(2);
}

// It is told by its environment alone: whoever asks for help must not find a daemon running instead.
const [given] = process.argv.slice(2);
if (given !== undefined) {
  const asked = given === '--help' || given === '-h';
  const text = 'dialplane start takes no arguments: settings come from the environment and config/default.json (docs/configuration.md)';
  if (asked) console.log(text);
  else console.error(`dialplane: ${given}: ${text}`);
  process.exit(asked ? 0 : 2);
}

// Output may be a pipe whose reader has gone; that is no reason to drop calls.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const [{ runDaemon }, { createLogger }] = await Promise.all([import('./supervisor/daemon.ts'), import('./compose/logger.ts')]);
process.exitCode = await runDaemon(process.env, process.cwd(), (config) => createLogger(config.process.logLevel, { role: 'supervisor' }));
process.exit();

export {};
