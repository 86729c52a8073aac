// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `advanceTestClock` answers. */
export interface AdvanceTestClockAnswer {
  readonly now: string;
  readonly offset_seconds: number;
}

/** What `advanceTestClock` is sent. */
export interface AdvanceTestClockBody {
  readonly advance_seconds: number;
}
