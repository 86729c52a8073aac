import type { Changed } from '../../app/change.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import { recordRef } from '../../domain/records.ts';
import { propagationHeaders } from '../propagation-headers.ts';

/** The headers of every answer to a change of a number (decision B17). */
export const changeHeaders = ({ value, propagation }: Changed<PhoneNumber>): Readonly<Record<string, string>> =>
  propagationHeaders(propagation, { record: recordRef.number(value.mode, value.e164), version: value.version });
