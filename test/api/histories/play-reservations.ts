import { type Command, done, type Outcome, refused } from './machine-commands.ts';
import {
  EXTENSIONS_MAX,
  isInStock,
  isKept,
  KEEP_MS,
  type Model,
  type ModelReservation,
  masterOf,
  RESERVED_MAX,
  sees,
} from './machine-state.ts';
import { numberAt } from './play-numbers.ts';

type Of<Do extends Command['do']> = Extract<Command, { readonly do: Do }>;

/** available → reserved for 30 minutes, number by number; what is reserved already is refused to everybody, its holder included. */
export function reserve(model: Model, { by, numbers }: Of<'reserve'>, now: number): Outcome {
  const places = numbers.map((number): ModelReservation['places'][number] => {
    const one = numberAt(model, number);
    const error = !isInStock(one, by, now) ? 'not_available' : isKept(one, now) ? 'reserved' : null;
    return { number, error, until: error === null ? now + KEEP_MS : null };
  });
  const had = places.filter(({ error }) => error === null);
  if (had.length === 0) return refused(places.some(({ error }) => error === 'reserved') ? 'reserved' : 'not_in_stock');
  const active = model.numbers.filter((one) => isKept(one, now) && one.kept !== null && masterOf(one.kept.by) === masterOf(by));
  if (active.length + had.length > RESERVED_MAX) return refused('reservations');
  const reservation = model.reservations.push({ by, places, extensions: 0 }) - 1;
  for (const [place, { number, until }] of places.entries()) {
    // Stock has no record, so it keeps its version.
    if (until !== null) numberAt(model, number).kept = { by, until, reservation, place };
  }
  return done('reservation.create');
}

/** What is still kept, for another 30 minutes, twice at most. */
export function extend(model: Model, { by, reservation: index }: Of<'extend'>, now: number): Outcome {
  const reservation = model.reservations[index];
  if (reservation === undefined || !sees(by, reservation.by)) return refused('not_found');
  const kept = reservation.places.flatMap((place, at) => {
    const one = numberAt(model, place.number);
    return one.kept?.reservation === index && one.kept.place === at && isKept(one, now) ? [{ place, one }] : [];
  });
  if (kept.length === 0) return refused('wrong_state');
  if (reservation.extensions >= EXTENSIONS_MAX) return refused('extensions');
  for (const { place, one } of kept) {
    if (one.kept === null) continue;
    place.until = one.kept.until + KEEP_MS;
    one.kept = { ...one.kept, until: place.until };
  }
  reservation.extensions += 1;
  return done('reservation.extend');
}
