/** Who can do something about a failure. */
export type WhoActs = 'user' | 'admin' | 'apple' | 'us';

export interface Failure {
  readonly cause: string;
  readonly whoActs: WhoActs;
  /** What is to be done, in one sentence. */
  readonly remedy: string;
  /** The same step is tried again so much later. */
  readonly retryMinutes: number;
  /** Apple's words that mean this; empty: only we say so. */
  readonly words: readonly RegExp[];
}

const HOUR = 60;

/**
 * The failure taxonomy (X10), as data: Apple's raw words → cause, who acts, remedy, retry rule. The first match wins.
 * Status words come first, because Apple documents them; texts of an ErrorChain are diagnostics that may change between
 * releases, so they only give a failure its name and never decide what happens next.
 */
export const FAILURES: readonly Failure[] = [
  {
    cause: 'our_fault',
    whoActs: 'us',
    remedy: 'The command that we sent was malformed; this is to be fixed here, nothing is wrong with the Mac.',
    retryMinutes: 24 * HOUR,
    words: [/^CommandFormatError\b/],
  },
  {
    cause: 'unreadable_answer',
    whoActs: 'us',
    remedy: 'The Mac answered what we cannot read; this is to be mended here, nothing is wrong with the Mac.',
    retryMinutes: HOUR,
    words: [/\bmanaged-os \(/],
  },
  {
    cause: 'no_space',
    whoActs: 'user',
    remedy: 'There is not enough free disk space; files have to be removed from the Mac.',
    retryMinutes: HOUR,
    words: [/\b(Download|Install)InsufficientSpace\b/, /not enough (free |disk )*space/i],
  },
  {
    cause: 'no_power',
    whoActs: 'user',
    remedy: 'The battery is too low; the Mac has to be connected to power.',
    retryMinutes: HOUR,
    words: [/\b(Download|Install)InsufficientPower\b/, /battery|power (source|adapter)/i],
  },
  {
    cause: 'no_network',
    whoActs: 'user',
    remedy: "The network is not good enough, or it blocks Apple's update servers; another network helps.",
    retryMinutes: HOUR,
    words: [/\bDownloadInsufficientNetwork\b/, /NSURLErrorDomain|network connection|internet connection/i],
  },
  {
    cause: 'call_in_progress',
    whoActs: 'user',
    remedy: 'A call is in progress; the install goes on after it.',
    retryMinutes: HOUR,
    words: [/\bInstallPhoneCallInProgress\b/],
  },
  {
    cause: 'download_failed',
    whoActs: 'apple',
    remedy: 'macOS could not download the update and gave no cause; it is downloaded again.',
    retryMinutes: HOUR,
    words: [/\bDownloadFailed\b/],
  },
  {
    cause: 'install_failed',
    whoActs: 'apple',
    remedy: 'macOS could not install the update and gave no cause; it is installed again.',
    retryMinutes: HOUR,
    words: [/\bInstallFailed\b/],
  },
  {
    cause: 'needs_computer',
    whoActs: 'admin',
    remedy: 'The device wants to be updated through another computer.',
    retryMinutes: 24 * HOUR,
    words: [/\bDownloadRequiresComputer\b/],
  },
  {
    cause: 'not_authorised',
    whoActs: 'admin',
    remedy:
      'The Mac did not accept the authorisation; check that its bootstrap token is escrowed and allowed for updates.',
    retryMinutes: HOUR,
    words: [/bootstrap ?token|not authori[sz]ed|authori[sz]ation|authentication|volume owner/i],
  },
  {
    cause: 'not_supervised',
    whoActs: 'admin',
    remedy:
      'macOS takes update commands from supervised Macs only; enroll the Mac through Automated Device Enrollment.',
    retryMinutes: 24 * HOUR,
    words: [/supervis/i],
  },
  {
    cause: 'managed_by_declaration',
    whoActs: 'us',
    remedy: 'A declaration manages this update already; update commands are ignored until it is removed.',
    retryMinutes: HOUR,
    words: [/declarati/i],
  },
  {
    cause: 'update_unavailable',
    whoActs: 'apple',
    remedy: 'The Mac does not have this update on offer any more; it looks for it again.',
    retryMinutes: 10,
    words: [
      /not available|no longer available|no such (update|product)|not found|nothing to install/i,
      /^InstallAction Error$/,
    ],
  },
  {
    cause: 'install_did_not_start',
    whoActs: 'apple',
    remedy: 'The Mac took the command and did not install; it is asked again.',
    retryMinutes: 0,
    words: [],
  },
  {
    cause: 'no_answer',
    whoActs: 'user',
    remedy: 'The Mac did not come to an end with it; somebody should switch it on and connect it to a network.',
    retryMinutes: 0,
    words: [],
  },
];

/** What the taxonomy does not know yet; the Mac's words are kept. */
export const UNKNOWN_FAILURE: Failure = {
  cause: 'unknown',
  whoActs: 'us',
  remedy: 'macOS gave a cause that we do not know yet; its words are kept and the step is tried again.',
  retryMinutes: HOUR,
  words: [],
};

/** The entry for what a Mac said, word for word; the same words are named anew when the taxonomy learns them. */
export const classify = (said: string): Failure =>
  FAILURES.find((failure) => failure.words.some((words) => words.test(said))) ?? UNKNOWN_FAILURE;

/** The entry of a recorded cause; causes that this version does not know are unknown ones. */
export const failureOf = (cause: string): Failure =>
  FAILURES.find((failure) => failure.cause === cause) ?? UNKNOWN_FAILURE;

/** A recorded failure in today's words: what was unknown then may have a name now. */
export const relabel = (cause: string, said: string): Failure =>
  cause === UNKNOWN_FAILURE.cause ? classify(said) : failureOf(cause);
