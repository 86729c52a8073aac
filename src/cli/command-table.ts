import type { Command } from './command.ts';
import { accountsCommand } from './commands/accounts.ts';
import { callsCommand } from './commands/calls.ts';
import { configCommand } from './commands/config.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { numbersCommand } from './commands/numbers.ts';
import { ordersCommand } from './commands/orders.ts';
import { sipEngineCommand } from './commands/sip-engine.ts';
import { trunksCommand } from './commands/trunks.ts';

/** Every command by its name, in the order of help. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  numbers: numbersCommand,
  orders: ordersCommand,
  accounts: accountsCommand,
  keys: keysCommand,
  trunks: trunksCommand,
  calls: callsCommand,
  explain: explainCommand,
  import: importCommand,
  export: exportCommand,
  config: configCommand,
  migrate: migrateCommand,
  'sip-engine': sipEngineCommand,
  doctor: doctorCommand,
};
