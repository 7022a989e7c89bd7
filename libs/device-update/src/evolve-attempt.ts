import type { Fact } from '@managed-os/contracts';
import { type Instant, present, without } from '@managed-os/kernel';
import { type Attempt, type Declaration, type Download, NOT_ENROLLED, type UpdateEvent } from './state.js';

/** Events that change nothing but the attempt under way. */
export type AttemptEvent = Exclude<
  UpdateEvent,
  {
    type:
      | 'StandingChanged'
      | 'VersionObserved'
      | 'ZoneObserved'
      | 'DeviceWentSilent'
      | 'DeviceReturned'
      | 'PhaseReached'
      | 'AttemptOpened'
      | 'AttemptClosed';
  }
>;

/** Folds one event into the attempt under way; total, and never changes the attempt it was given. */
export const evolveAttempt = (attempt: Attempt, event: AttemptEvent): Attempt => {
  switch (event.type) {
    case 'PromptImpossible':
      return { ...attempt, unprompted: present({ countdownEnds: event.countdownEnds }) };
    case 'CommandRequested':
      return {
        ...without(attempt, 'pause'),
        tries: { ...attempt.tries, [event.kind]: event.try },
        awaiting: present({ kind: event.kind, try: event.try, notBefore: event.notBefore }),
      };
    case 'CommandsWithdrawn':
      if (event.kind !== undefined && event.kind !== attempt.awaiting?.kind) return attempt;
      return attempt.awaiting?.kind === 'install'
        ? without(attempt, 'awaiting', 'install')
        : without(attempt, 'awaiting');
    case 'WatchRequested':
      return attempt;
    case 'WatchClosed':
      return attempt.download?.watchId === event.watchId ? without(attempt, 'download') : attempt;
    case 'CandidateFound':
      return {
        ...without(attempt, 'awaiting', 'failure'),
        looks: 0,
        candidate: present({ productKey: event.productKey, version: event.version, build: event.build }),
      };
    case 'CandidateMissing':
      return {
        ...without(attempt, 'awaiting', 'failure'),
        looks: event.looks,
        pause: { after: 'available', until: event.retryAt },
      };
    case 'DownloadStarted':
      return {
        ...without(attempt, 'awaiting', 'failure'),
        download: {
          watchId: event.watchId,
          try: event.try,
          report: 0,
          seen: false,
          percent: 0,
          unchanged: 0,
          missing: 0,
          measuredSince: event.startedAt as Instant,
          measuredFrom: 0,
          moved: false,
        },
      };
    case 'DownloadObserved':
      return attempt.download ? { ...attempt, download: observed(attempt.download, event) } : attempt;
    case 'DownloadStalled':
      return {
        ...without(attempt, 'download'),
        stalls: event.inARow,
        unreliable: attempt.unreliable || event.unreliableReporting,
      };
    case 'UpdateCached':
      return { ...without(attempt, 'download', 'failure'), cached: 'said', downloadFirst: false };
    case 'UpdatePresumedCached':
      return { ...without(attempt, 'download', 'failure'), cached: 'presumed', downloadFirst: false };
    case 'InferenceWrong':
      return {
        ...without(attempt, 'awaiting', 'install'),
        cached: 'no',
        stalls: 0,
        downloadFirst: true,
        wrongInferences: attempt.wrongInferences + 1,
      };
    case 'InstallRequested':
      return { ...attempt, install: { try: event.try } };
    case 'InstallStarted':
      return {
        ...without(attempt, 'awaiting', 'failure'),
        install: {
          try: attempt.install?.try ?? 1,
          watch: {
            watchId: event.watchId,
            report: 0,
            status: event.said,
            percent: 0,
            patienceUntil: event.patienceUntil as Instant,
            restarting: false,
          },
        },
      };
    case 'InstallObserved':
    case 'RestartPresumed':
      return installMoved(attempt, event);
    case 'AttemptFailed':
      // The declaration says it itself, for as long as it is so.
      return event.kind === 'declaration' ? attempt : failed(attempt, event);
    case 'DeclarationRequested':
      return {
        ...attempt,
        tries: { ...attempt.tries, declaration: event.try },
        declaration: {
          try: event.try,
          deadline: event.deadline,
          state: 'requested',
          said: '',
          ...(NOT_ENROLLED.includes(attempt.declaration?.said ?? '') && { again: true }),
        },
      };
    case 'DeclarationWithdrawn':
      return attempt.declaration?.try === event.try ? without(attempt, 'declaration') : attempt;
    case 'DeclarationObserved':
      return attempt.declaration?.try === event.try
        ? { ...attempt, declaration: declarationSeen(attempt.declaration, event) }
        : attempt;
    case 'UpdateStateObserved': {
      const own = without(event, 'type', 'deviceId', 'attempt');
      return { ...(event.installState === 'failed' ? attempt : without(attempt, 'failure')), own };
    }
  }
};

export const attemptOf = (event: Fact<'AttemptOpened'>): Attempt =>
  present({
    number: event.attempt,
    obligationId: event.obligationId,
    floor: event.floor,
    version: event.version,
    build: event.build,
    mechanism: event.mechanism,
    tries: {},
    malformed: [],
    looks: 0,
    stalls: 0,
    unreliable: false,
    cached: 'no',
    downloadFirst: false,
    wrongInferences: 0,
  });

const observed = (download: Download, event: Fact<'DownloadObserved'>): Download =>
  present({
    ...download,
    report: event.report,
    seen: download.seen || event.listed,
    percent: event.percentComplete,
    unchanged: event.unchanged,
    missing: event.missing,
    measuredSince: event.measuredSince as Instant,
    measuredFrom: event.measuredFrom,
    reportedAt: event.reportedAt as Instant | undefined,
    // What the first report shows may be left over from an earlier try.
    moved: download.moved || (download.seen && event.measuredFrom > download.measuredFrom),
  });

const declarationSeen = (declaration: Declaration, event: Fact<'DeclarationObserved'>): Declaration =>
  present({
    try: declaration.try,
    deadline: declaration.deadline,
    state: event.state,
    serverToken: event.serverToken,
    said: event.said,
  });

const installMoved = (attempt: Attempt, event: Fact<'InstallObserved'> | Fact<'RestartPresumed'>): Attempt => {
  const { install } = attempt;
  if (!install?.watch) return attempt;
  const watch =
    event.type === 'RestartPresumed'
      ? { ...install.watch, restarting: true }
      : {
          ...install.watch,
          restarting: false,
          report: event.report,
          status: event.status,
          percent: event.percentComplete,
          patienceUntil: event.patienceUntil as Instant,
        };
  return { ...attempt, install: { ...install, watch } };
};

/** So is only a command that was malformed; an update of its own macOS tries again by itself. */
const isNeverTriedAgain = ({ kind, retryAt }: Fact<'AttemptFailed'>): boolean =>
  retryAt === undefined && kind !== 'update';

const failed = (attempt: Attempt, event: Fact<'AttemptFailed'>): Attempt => {
  const rest = without(attempt, 'awaiting', 'download', 'install');
  return {
    ...(event.cause === 'update_unavailable' ? without(rest, 'candidate') : rest),
    stalls: 0,
    unreliable: attempt.unreliable || event.unreliableReporting === true,
    ...(event.retryAt !== undefined && { pause: { after: event.kind, until: event.retryAt } }),
    malformed: isNeverTriedAgain(event) ? [...attempt.malformed, event.kind] : attempt.malformed,
    failure: present({
      kind: event.kind,
      cause: event.cause,
      said: event.said,
      retryAt: event.retryAt,
      count: event.count,
    }),
  };
};
