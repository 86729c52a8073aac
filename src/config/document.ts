import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settingList } from './setting-list.ts';

const INTRODUCTION = `# Configuration

This page is generated from the settings themselves by \`node --import tsx src/config/document.ts > docs/configuration.md\`.

Settings come from \`config/default.json\`, then from the file that \`CONFIG_FILE\` names (any part of the same shape), then from the
environment; the later wins. An empty variable counts as unset. Lists are separated by commas in the environment. An unknown key in
a file or a bad value stops the start with exit code 2 and names the key.
`;

/** docs/configuration.md as it must be now. */
export function configurationPage(): string {
  const defaults = JSON.parse(readFileSync(new URL('../../config/default.json', import.meta.url), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
  const lines = [INTRODUCTION];
  let part = '';
  for (const setting of settingList) {
    const [section = '', key = ''] = setting.path.split('.');
    if (section !== part) {
      part = section;
      lines.push(`\n## ${section}\n`, '| Setting | Environment | Default | Allowed | What it does |', '|---|---|---|---|---|');
    }
    const secret = setting.meta.secret === undefined ? '' : ' Never printed.';
    const value = defaults[section]?.[key];
    lines.push(`| \`${setting.path}\` | \`${setting.env}\` | ${shown(value)} | ${setting.meta.allowed} | ${setting.about}${secret} |`);
  }
  return `${lines.join('\n')}\n`;
}

function shown(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return '–';
  return `\`${Array.isArray(value) ? value.join(',') : String(value)}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(configurationPage());
