import type { ApiAnswer } from '../../support/api-call.ts';
import type { Command, Kind } from './machine-commands.ts';

export type FaceName = 'admin' | 'kros' | 'telnyx' | 'vobiz';
type Said = Partial<Record<Kind, readonly [status: number, code: string]>>;

/** Status and code of each refusal in each face (decision B2, seed-apis A.0.1). */
const SAID: Readonly<Record<FaceName, Said>> = {
  admin: {
    invalid: [422, 'invalid'],
    not_found: [404, 'not_found'],
    wrong_state: [409, 'wrong_state'],
  },
  kros: {
    insufficient_balance: [402, 'INSUFFICIENT_BALANCE'],
    locked: [409, 'LOCKED'],
    not_found: [404, 'NOT_FOUND'],
    not_in_stock: [404, 'NUMBER_NOT_AVAILABLE'],
    number_suspended: [403, 'NUMBER_SUSPENDED'],
    requirements_open: [409, 'REQUIREMENTS_OPEN'],
  },
  telnyx: {
    extensions: [422, '85008'],
    insufficient_balance: [422, '20100'],
    invalid: [422, '10015'],
    locked: [422, '10035'],
    no_such_group: [422, '10017'],
    not_found: [404, '10005'],
    not_in_stock: [422, '85001'],
    reservations: [422, '85007'],
    reserved: [422, '85006'],
    satisfied: [422, '85003'],
    wrong_state: [422, '10027'],
  },
  vobiz: {
    forbidden: [403, 'forbidden'],
    insufficient_balance: [402, 'insufficient_balance'],
    locked: [409, 'locked'],
    not_found: [404, 'not_found'],
    not_in_stock: [404, 'not_found'],
    requirements_open: [409, 'requirements_open'],
    wrong_state: [400, 'invalid request'],
  },
};

/** What a refusal must be: status, and the face's own code. */
export function saidOf(face: FaceName, command: Command, kind: Kind): readonly [number, string] {
  if (face === 'vobiz' && (command.do === 'release' || command.do === 'keep')) {
    // Decision B2: the same for a number of somebody else and for none at all.
    if (kind === 'not_found') return [403, 'forbidden'];
    if (kind === 'wrong_state') return [400, 'number is not pending release'];
  }
  return SAID[face][kind] ?? [0, `${kind} is not said in ${face}`];
}

/** The code of a refusal as each face words it. */
export function codeIn(face: FaceName, { body }: ApiAnswer): string {
  if (face === 'vobiz') return body.error;
  return face === 'telnyx' ? body.errors[0].code : body.code;
}
