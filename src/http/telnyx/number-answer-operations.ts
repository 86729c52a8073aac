import { z } from 'zod';
import type { Actor } from '../../app/actor.ts';
import { isHeldNumber } from '../../app/numbers/own-number.ts';
import type { UnitOfWork } from '../../app/ports/store.ts';
import { accountOf } from '../../app/tenant.ts';
import { holderOf } from '../../domain/account.ts';
import { isForSaleTo, type PhoneNumber } from '../../domain/number.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { e164Field } from './order-schemas.ts';
import { oneSchema } from './page.ts';

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

const NUMBERS_MAX = 1000;

const body = z.object({
  phone_numbers: z
    .array(e164Field())
    .refine((list) => list.length > 0, { message: 'You must provide at least 1 phone number.', params: { problem: 'missing' } })
    .refine((list) => list.length <= NUMBERS_MAX, {
      message: `${NUMBERS_MAX} numbers is the maximum allowed.`,
      params: { problem: 'invalid' },
    }),
});

/** The numbers of these that `isTheirs`, by E.164. */
async function numbersOf(
  { unitOfWork }: Deps,
  actor: Actor,
  e164s: readonly string[],
  isTheirs: (number: PhoneNumber) => boolean,
): Promise<ReadonlyMap<string, PhoneNumber>> {
  const found = await unitOfWork.read((tx) => tx.numbers.named(actor.mode, 'e164', [...new Set(e164s)]));
  return new Map(found.filter(isTheirs).map((number) => [number.e164, number]));
}

/** Questions about many numbers at once, which change nothing. */
export const numberAnswerOperations = (deps: Deps): AnyOperation[] => [verifyOwnership(deps), features(deps)];

const ownershipSchema = z.object({
  record_type: z.literal('number_ownership'),
  found: z.array(z.object({ id: z.string(), number_val_e164: z.string() })),
  not_found: z.array(z.string()),
});

const verifyOwnership = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/phone_numbers/actions/verify_ownership',
    operationId: 'verifyPhoneNumberOwnership',
    summary: 'Verify ownership of phone numbers',
    tag: 'Phone Number Configurations',
    body,
    need: { scope: 'numbers:read' },
    responses: {
      200: { description: 'Which of the numbers are yours.', schema: oneSchema(ownershipSchema) },
      422: { description: 'A bad number, none, or too many' },
    },
    async handle({ actor, body: { phone_numbers: e164s } }) {
      const own = await numbersOf(deps, actor, e164s, (number) => isHeldNumber(actor, number));
      const asked = [...new Set(e164s)];
      const found = asked.flatMap((e164) => {
        const number = own.get(e164);
        return number === undefined ? [] : [{ id: number.extId, number_val_e164: e164 }];
      });
      const data = { record_type: 'number_ownership', found, not_found: asked.filter((e164) => !own.has(e164)) };
      return ok({ status: 200, body: { data } });
    },
  });

const featuresSchema = z.object({ phone_number: z.string(), features: z.array(z.string()) });

/** Of numbers that the account has or may buy; of others nothing is known, like of those that are none (invariant 11). */
const features = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/numbers_features',
    operationId: 'createNumbersFeatures',
    summary: 'Retrieve the features for a list of numbers',
    tag: 'Numbers Features',
    body,
    need: { scope: 'numbers:read' },
    responses: {
      200: {
        description: 'What your numbers and those in stock can do; others are left out.',
        schema: z.object({ data: z.array(featuresSchema) }),
      },
      422: { description: 'A bad number, none, or too many' },
    },
    async handle({ actor, body: { phone_numbers: e164s } }) {
      const buyer = holderOf(accountOf(actor));
      const now = deps.clock.now();
      const known = await numbersOf(deps, actor, e164s, (number) => isHeldNumber(actor, number) || isForSaleTo(number, buyer, now));
      const data = [...known.values()]
        .toSorted((a, b) => e164s.indexOf(a.e164) - e164s.indexOf(b.e164))
        .map((number) => ({ phone_number: number.e164, features: number.capabilities }));
      return ok({ status: 200, body: { data } });
    },
  });
