/** Who can do something about a failure. */
export type WhoActs = 'user' | 'admin' | 'apple' | 'us';

export interface Failure {
  readonly cause: string;
  readonly whoActs: WhoActs;
  /** What is to be done, in one sentence. */
  readonly remedy: string;
  /**
   * The same step is tried again so much later; absent: when something changes, which of a command nobody tells, so once a
   * day; never: the very command is not sent again.
   */
  readonly retryMinutes?: number | 'never';
  /** Apple's words that mean this; empty: only we say so. */
  readonly words: readonly RegExp[];
}

const HOUR = 60;

/**
 * The failure taxonomy (X10), as data: Apple's raw words → cause, who acts, remedy, retry rule. The first match wins.
 * Status words and codes come first, because Apple documents them; texts of an ErrorChain or of a `failure-reason` are
 * diagnostics that may change between releases, so they only give a failure its name and never decide what happens next.
 * An update that macOS makes by itself because of a declaration is tried again by macOS, whatever the retry rule.
 */
export const FAILURES: readonly Failure[] = [
  {
    cause: 'our_fault',
    whoActs: 'us',
    remedy:
      'The command that we sent was malformed, and is not sent again as it is; this is to be mended here, nothing is wrong with the Mac.',
    retryMinutes: 'never',
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
    cause: 'declaration_malformed',
    whoActs: 'us',
    remedy:
      'The declaration that we sent is not as macOS wants it; this is to be mended here, nothing is wrong with the Mac.',
    words: [
      /\bError\.(ConfigurationCannotBeDeserialized|ConfigurationIsInvalid|InvalidPayload|UnknownDeclarationType|UnknownPayloadKeys)\b/,
      /\bError\.(AssetCannotBe(Deserialized|Downloaded|Verified)|Missing(Assets|Configurations))\b/,
      // We send no predicate, and each enforcement with its activation (trap 8).
      /\bError\.(PredicateFailed|UnableTo(Evaluate|Parse)Predicate(WithCustomOperator)?)\b|\bInfo\.Predicate\b/,
      /\bInfo\.NotReferencedBy(Activation|Configuration)\b/,
    ],
  },
  {
    cause: 'declaration_not_supported',
    whoActs: 'admin',
    remedy:
      'The Mac does not take this declaration: macOS enforces updates on supervised Macs only, by macOS 14 or later; enroll it through Automated Device Enrollment.',
    words: [/\bError\.ConfigurationNotSupported\b/, /^not_supported$/],
  },
  {
    cause: 'no_space',
    whoActs: 'user',
    remedy: 'There is not enough free disk space; files have to be removed from the Mac.',
    retryMinutes: HOUR,
    words: [
      /\b(Download|Install)InsufficientSpace\b/,
      /(not enough|insufficient)[ _](free[ _]|disk[ _]|storage[ _])*space/i,
      // ENOSPC, in whatever language its text is.
      /\bNSPOSIXErrorDomain \(28\)|no space left/i,
    ],
  },
  {
    cause: 'no_power',
    whoActs: 'user',
    remedy: 'The battery is too low; the Mac has to be connected to power.',
    retryMinutes: HOUR,
    words: [/\b(Download|Install)InsufficientPower\b/, /battery|power (source|adapter)|\bAC power\b/i],
  },
  {
    cause: 'no_network',
    whoActs: 'user',
    remedy: "The network is not good enough, or it blocks Apple's update servers; another network helps.",
    retryMinutes: HOUR,
    words: [
      /\bDownloadInsufficientNetwork\b/,
      /NSURLErrorDomain|(network|internet)[ -](connection|error)/i,
      // What the URL loading system says, where its domain was left out.
      /\brequest timed out|specified hostname could not be found|could not connect to the server/i,
    ],
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
    words: [/\bDownload[ -]?Failed\b/i],
  },
  {
    cause: 'install_failed',
    whoActs: 'apple',
    remedy: 'macOS could not install the update and gave no cause; it is installed again.',
    retryMinutes: HOUR,
    words: [/\b(Install|Preparation|Staging)[ -]?Failed\b/i],
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
    words: [
      /bootstrap ?token|not authori[sz]ed|authori[sz]ation|authentication|volume owner/i,
      // Seen where no bootstrap token was escrowed.
      /SUMacControllerError\D+7507\b|access request was denied/i,
    ],
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
    cause: 'declaration_not_applied',
    whoActs: 'apple',
    remedy: 'macOS took the declaration and could not apply it, without a cause that somebody could mend.',
    words: [/\bError\.(ActivationFailed|ConfigurationCannotBeApplied|ConfigurationFailed|MissingState)\b/],
  },
  {
    cause: 'managed_by_declaration',
    whoActs: 'us',
    remedy: 'A declaration manages this update already; update commands are ignored until it is removed.',
    retryMinutes: HOUR,
    // What a Mac says of a declaration itself begins with a code.
    words: [/^(?!(Error|Info)\.).*declarati/is],
  },
  {
    cause: 'update_unavailable',
    whoActs: 'apple',
    remedy: 'The Mac does not have this update on offer any more; it looks for it again.',
    retryMinutes: 10,
    words: [
      /not available|no longer available|no such (update|product)|not found|no ?update ?found|nothing to install/i,
      /\b(update|product) is unavailable/i,
      /^InstallAction Error$/,
    ],
  },
  {
    cause: 'update_failed',
    whoActs: 'apple',
    remedy: 'macOS could not make the update and gave no cause.',
    words: [],
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
export const classify = (said: string, taxonomy: readonly Failure[] = FAILURES): Failure =>
  taxonomy.find((failure) => failure.words.some((words) => words.test(said))) ?? UNKNOWN_FAILURE;

/** The entry of a recorded cause; causes that this version does not know are unknown ones. */
export const failureOf = (cause: string, taxonomy: readonly Failure[] = FAILURES): Failure =>
  taxonomy.find((failure) => failure.cause === cause) ?? UNKNOWN_FAILURE;

/** Nobody else can mend it, as far as is known: what S22 calls a limitation of Apple. */
export const isApples = ({ cause, whoActs }: Failure): boolean =>
  whoActs === 'apple' || cause === UNKNOWN_FAILURE.cause;

/**
 * A recorded failure as the taxonomy names it today (X10). The Mac's words are in the event and the label is made of them,
 * so a mapping that is added or mended names yesterday's failures too. A cause that only we can tell stays; so does one
 * whose words nothing fits any more.
 */
export const relabel = (cause: string, said: string, taxonomy: readonly Failure[] = FAILURES): Failure => {
  const recorded = failureOf(cause, taxonomy);
  if (recorded !== UNKNOWN_FAILURE && recorded.words.length === 0) return recorded;
  const named = classify(said, taxonomy);
  return named === UNKNOWN_FAILURE ? recorded : named;
};
