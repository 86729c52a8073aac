import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adminClient } from '../../src/client/admin-client.ts';
import { krosClient } from '../../src/client/kros-client.ts';
import { describedFaces } from './client/described-faces.ts';
import { CLIENT_DIR, filesIn, formattedClient } from './client/write-client.ts';

/** Written by hand; everything else below src/client is generated. */
const BY_HAND = ['api-error.ts', 'pages.ts', 'retry.ts', 'segment.ts', 'send.ts'];

describe('src/client', () => {
  it('is what the generator writes, no file more or less (npm run generate:client)', () => {
    const generated = formattedClient();
    const present = filesIn(CLIENT_DIR).filter((path) => !BY_HAND.includes(path));
    expect(present).toEqual([...generated.keys()].toSorted());
    for (const [path, text] of generated) expect(readFileSync(join(CLIENT_DIR, path), 'utf8'), path).toBe(text);
  });

  it('has a method for every operation of the admin and Kros faces', () => {
    const options = { baseUrl: 'http://127.0.0.1:1', key: 'none' };
    const clients = { admin: adminClient(options), kros: krosClient(options) };
    for (const [face, client] of Object.entries(clients)) {
      const methods = new Set(Object.values(client).flatMap((group) => Object.keys(group)));
      const operations = Object.entries(describedFaces()[face]!.paths)
        .filter(([path]) => !path.startsWith('/v1/'))
        .flatMap(([, item]) => Object.values(item).map(({ operationId }) => operationId));
      expect(operations.length).toBeGreaterThan(15);
      expect(operations.filter((id) => !methods.has(id))).toEqual([]);
    }
  });
});
