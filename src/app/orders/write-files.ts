import { writeDownload } from '../numbers/write-download.ts';
import type { JobHandler } from '../ports/jobs.ts';
import { type WriteReportDeps, writeReport } from './write-report.ts';

/** Writes reports of sub-orders and lists of numbers: one queue, so that neither has a worker of its own to starve the other. */
export function writeFiles(deps: WriteReportDeps): JobHandler<'reports'> {
  const report = writeReport(deps);
  const download = writeDownload(deps);
  return (payload, job) => ('downloadId' in payload ? download : report)(payload, job);
}
