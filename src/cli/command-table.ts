import type { Command } from './command.ts';

/** Every command by its name, in the order of help; each is loaded only when it is wanted: some bring the engine or the database with them. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  numbers: async () => (await import('./commands/numbers.ts')).numbersCommand,
  orders: async () => (await import('./commands/orders.ts')).ordersCommand,
  accounts: async () => (await import('./commands/accounts.ts')).accountsCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
  trunks: async () => (await import('./commands/trunks.ts')).trunksCommand,
  calls: async () => (await import('./commands/calls.ts')).callsCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  expect: async () => (await import('./commands/expect.ts')).expectCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  config: async () => (await import('./commands/config.ts')).configCommand,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  reseal: async () => (await import('./commands/reseal.ts')).resealCommand,
  'sip-engine': async () => (await import('./commands/sip-engine.ts')).sipEngineCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
};

/** The command of that name; undefined when there is none. */
export const commandOf = async (name: string): Promise<Command | undefined> =>
  Object.hasOwn(COMMANDS, name) ? COMMANDS[name]?.() : undefined;
