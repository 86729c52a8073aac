import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../../config/load-config.ts';
import { printConfig } from '../../config/print-config.ts';
import { type SettingEntry, settingList } from '../../config/setting-list.ts';
import type { Command } from '../command.ts';

/** `dialplane config`: the settings that a start from here would take, secrets hidden. */
export const configCommand: Command = {
  about: 'The settings that a start from here would take, and where each comes from.',
  actions: {
    '': {
      about: 'All of them, or those that are not the default.',
      options: { changed: { type: 'boolean' } },
      async run({ given, output, env, cwd }) {
        const shown = printConfig(loadConfig(env, cwd));
        const file = env.CONFIG_FILE ? (JSON.parse(readFileSync(resolve(cwd, env.CONFIG_FILE), 'utf8')) as Sections) : {};
        const rows = settingList.map((setting) => {
          const [part = '', key = ''] = setting.path.split('.');
          return { setting: setting.path, value: shown[part]?.[key] ?? null, from: sourceOf(setting, env, file[part]?.[key]) };
        });
        const wanted = given.has('changed') ? rows.filter(({ from }) => from !== 'default') : rows;
        await output.list(wanted, ['setting', 'value', 'from']);
      },
    },
  },
};

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** As `loadConfig` reads them: the environment before the file before the defaults; an empty variable is an unset one. */
function sourceOf({ env: name }: SettingEntry, env: NodeJS.ProcessEnv, inFile: unknown): string {
  if (env[name] !== undefined && env[name] !== '') return `environment (${name})`;
  return inFile === undefined ? 'default' : 'file (CONFIG_FILE)';
}
