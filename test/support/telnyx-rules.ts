/** What a Telnyx face is told besides its connections, as the tests have it. */
export const TELNYX_RULES = {
  requireSearch: false,
  searchValidMs: 1_800_000,
  strictStatus: false,
  reportsPendingMax: 10,
  reservations: { keepMs: 1_800_000, extensionsMax: 2, activeMax: 100 },
} as const;
