/** `npm start`: the daemon. Everything is loaded after the version check, because an old Node cannot even load it (decision B38). */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ≥ 20.19 needed, found ${process.versions.node}: nodesource, nvm or Debian 13`);
  process.exit(2);
}

// Output may be a pipe whose reader has gone; that is no reason to drop calls.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const [{ runDaemon }, { createLogger }] = await Promise.all([import('./supervisor/daemon.ts'), import('./compose/logger.ts')]);
process.exitCode = await runDaemon(process.env, process.cwd(), (config) => createLogger(config.process.logLevel, { role: 'supervisor' }));
process.exit();

export {};
