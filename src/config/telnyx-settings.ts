import { z } from 'zod';
import { decimal, flag, integer, texts } from './setting.ts';

/** Settings of the Telnyx face. */
export const telnyx = z.strictObject({
  requireSearch: flag('Refuse orders of numbers that the account was not shown by a search lately (85000).'),
  searchValidMinutes: decimal('How long a search allows an order where one is required, in minutes.', 0.01, 1440),
  reservationMinutes: decimal('How long a reserved number is kept, and how long each extension adds, in minutes.', 0.001, 10_080),
  reservationExtensionsMax: integer('How often a reservation can be extended.', 0, 1000),
  reservationsActiveMax: integer('Numbers that an account and its sub-accounts may have reserved at once.', 0, 100_000),
  reportDays: decimal('How long a report of sub number orders can be downloaded, in days.', 0.001, 365),
  reportRowsMax: integer('A report of more sub number orders than this fails.', 1, 10_000_000),
  reportsPendingMax: integer('Reports that an account and its sub-accounts may have under way together.', 1, 1000),
  documentsBytesMax: integer('All documents of an account and its sub-accounts together, in bytes.', 1024, 1024 ** 5),
  documentTransfersMax: integer(
    'Documents that each process takes or gives at once, half of them of one account; more wait a little, then get 503.',
    1,
    1000,
  ),
  groupCountries: texts(
    'Countries whose numbers, where they have requirements, are ordered with a fulfilled requirement group only.',
    'two-letter country codes',
    (value) => /^[A-Z]{2}$/.test(value),
  ),
  strictStatus: flag('Show cancelled and deleted orders as `failure`, for clients that know only the three documented statuses.'),
});
