import { z } from 'zod';
import { NOT_CHECKED } from '../app/calls/decide-at-present.ts';

/** What explaining a call that nobody placed did not look at, as both faces show it. */
export const notCheckedSchema = z.array(z.enum(NOT_CHECKED)).meta({
  description:
    'What the call would meet and was not looked at: limits and registrations where the question is of another time; calls per second, numbers that change their holder, what one SIP server alone knows, and what webhooks would say, always.',
});
