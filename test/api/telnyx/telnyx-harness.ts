import { addRequirement } from '../../../src/app/requirements/add-requirement.ts';
import type { Acceptance, Requirement } from '../../../src/domain/requirement.ts';
import { type TelnyxDeps, telnyxFace } from '../../../src/http/telnyx/telnyx-face.ts';
import { type ApiHarness, changedValue, type HarnessOptions, startApiHarness } from '../../support/api-harness.ts';
import { TELNYX_RULES } from '../../support/telnyx-rules.ts';

export interface TelnyxHarness extends ApiHarness {
  /** Adds a row to the catalogue; textual and without rules unless told otherwise. */
  newRequirement(given: Partial<Requirement> & Pick<Requirement, 'country'>): Promise<Requirement>;
  /** Wallet, holds and what is left, in minor units. */
  money(accountId: string): Promise<{ readonly wallet: number; readonly held: number }>;
}

export const NO_RULES: Acceptance = { minLength: null, maxLength: null, acceptableValues: null, caseSensitive: true, pattern: null };

/** Two capital letters that no other test of the file uses, so that catalogues do not mix. */
export function countries(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${String.fromCharCode(65 + Math.floor(count / 26))}${String.fromCharCode(65 + (count % 26))}`;
  };
}

/** The API harness with the Telnyx face beside the Kros one. */
export async function startTelnyxHarness(
  options: Partial<
    Pick<TelnyxDeps, 'requireSearch' | 'searchValidMs' | 'strictStatus' | 'groupCountries' | Extract<keyof TelnyxDeps, `document${string}`>>
  > = {},
  harness: HarnessOptions = {},
): Promise<TelnyxHarness> {
  const api = await startApiHarness({
    ...harness,
    moreFaces: (deps, parts) => [
      telnyxFace({
        ...deps,
        ...TELNYX_RULES,
        callingCodeOf: (country) => (country === 'GB' ? '44' : null),
        ...options,
      }),
      ...(harness.moreFaces?.(deps, parts) ?? []),
    ],
  });
  return {
    ...api,
    async newRequirement(given) {
      const input = {
        numberType: 'local',
        name: 'Tax number',
        description: null,
        example: null,
        fieldType: 'textual',
        acceptance: NO_RULES,
        ...given,
      } as const;
      return changedValue(await addRequirement(api.deps, api.platform, input));
    },
    async money(accountId) {
      const [row] = await api.sql('select wallet_minor, held_minor from balances where account_id = $1', [accountId]);
      return { wallet: row?.wallet_minor ?? 0, held: row?.held_minor ?? 0 };
    },
  };
}
