import { type DestinationList, refusingList } from './destinations.ts';
import { digitsOf, type E164 } from './e164.ts';
import { type Deciding, type DecisionContext, note, readRecord } from './record-view.ts';
import { PLATFORM_ROUTE_SET, recordRef } from './records.ts';

/**
 * Whether these lists and the platform's let calls go to a number; noted where anything is said. Emergency and short codes are asked
 * about nowhere: nothing blocks them (decision C15).
 */
export function* mayCall(context: DecisionContext, own: readonly DestinationList[], e164: E164): Deciding<boolean> {
  const platform = yield* readRecord(context, 'route_set', recordRef.routeSet(PLATFORM_ROUTE_SET));
  const lists: readonly DestinationList[] =
    platform?.destinations === undefined ? own : [...own, { ...platform.destinations, list: 'platform' }];
  const refused = refusingList(digitsOf(e164), lists);
  if (lists.length > 0) note(context, 'destinations', refused === null, refused === null ? { refusal: null } : { ...refused });
  return refused === null;
}
