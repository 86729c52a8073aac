import { z } from 'zod';
import { decimal } from './setting.ts';

/** Settings of the Vobiz face. */
export const vobiz = z.strictObject({
  releaseWindowHours: decimal(
    'Hours in which a release in the Vobiz face can be cancelled, before the quarantine begins; 0 releases at once, without both.',
    0,
    8760,
  ),
  quarantineDays: decimal('Days after that window in which only its last holder sees the number in stock; fractions allowed.', 0, 3650),
});
