/** The thresholds of the update decider (section 8 of the specification); each decision records those it used. */
export interface UpdateSettings {
  /** The countdown that the server keeps for a Mac without agent. */
  readonly countdownMinutes: number;
  /** After a scan was started, the list of available updates is asked for so much later. */
  readonly scanMinutes: number;
  /** Pauses between two looks for an update that Apple does not offer yet; the last one repeats (Q7). */
  readonly lookAgainMinutes: readonly number[];
  /** A command that was not sent is requested again so much later. */
  readonly resendMinutes: number;
  /** First and longest pause between two polls of a download. */
  readonly pollMinutes: number;
  readonly longestPollMinutes: number;
  /** A download try without enough increase over so many polls is stuck (Q12). */
  readonly pollsWithoutIncrease: number;
  /** A download that was reported and is missing from so many reports in a row has disappeared (S25, Q12). */
  readonly missingReports: number;
  /** So many stuck tries in a row count as "already cached" (S24, Q12). */
  readonly stalledTries: number;
  /** The share that 30 minutes must bring for a download to be slow and not stuck (S21, Q11). */
  readonly slowThreshold: number;
  /** Without a word of the install for so long, the Mac is asked again (S17, Q9). */
  readonly installPatienceMinutes: number;
  /** A download watch without answers for so long is reported; the Mac is probably off. */
  readonly downloadSilenceMinutes: number;
  /** Nothing is polled for longer. */
  readonly watchDays: number;
  /** Where DownloadOnly and OSUpdateStatus are unreliable: from ≤ v < below (S20, Q10). */
  readonly unreliable: { readonly from: string; readonly below: string };
}

export const DEFAULT_SETTINGS: UpdateSettings = {
  countdownMinutes: 30,
  scanMinutes: 2,
  lookAgainMinutes: [10, 20, 40, 60],
  resendMinutes: 10,
  pollMinutes: 10,
  longestPollMinutes: 60,
  pollsWithoutIncrease: 3,
  missingReports: 2,
  stalledTries: 3,
  slowThreshold: 0.01,
  installPatienceMinutes: 240,
  downloadSilenceMinutes: 720,
  watchDays: 14,
  unreliable: { from: '11.4', below: '11.7' },
};
