import fc from 'fast-check';
import type { UpdateInput } from '../decider.js';
import {
  answered,
  command,
  countdownEnded,
  DEADLINE,
  deadlineReached,
  factsChanged,
  idlePlan,
  input,
  later,
  MAC,
  mdmError,
  notifyFromReached,
  notSent,
  obligation,
  OBLIGATION,
  offered,
  OTHER_OBLIGATION,
  plan,
  progressing,
  reported,
  result,
  START,
  upgradePlan,
  watchId,
  watchSilent,
  watchStopped,
} from './inputs.js';

const number = fc.integer({ min: 1, max: 4 });
const attempt = fc.integer({ min: 1, max: 3 });
const at = fc.integer({ min: 0, max: 20 * 1440 }).map((minutes) => later(START, minutes));
const obligationId = fc.constantFrom(OBLIGATION, OTHER_OBLIGATION);
const revision = fc.integer({ min: 1, max: 6 });
const version = fc.constantFrom('11.5', '12.3', '12.4', '12.5.1', '12.6', 'no version');
const kind = fc.constantFrom('scan', 'available', 'download', 'install', 'inventory');
const status = fc.constantFrom('Idle', 'Downloading', 'Installing', 'InstallFailed', 'DownloadInsufficientSpace', '');
const subject = fc.constantFrom('download' as const, 'install' as const);
const ref = fc.tuple(kind, number, attempt, obligationId).map(([k, n, a, o]) => command(k, n, a, o));
const errors = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.constant([mdmError('?')]) },
);

const anyPlan: fc.Arbitrary<UpdateInput> = fc
  .tuple(
    fc.boolean(),
    fc.constantFrom('12.5.1', '12.6'),
    obligationId,
    revision,
    version,
    fc.integer({ min: -2, max: 10 }),
    at,
  )
  .map(([upgrade, target, id, factsRevision, osVersion, days, when]) => {
    const due = obligation({
      obligationId: id,
      deadline: later(DEADLINE, days * 1440),
      notifyFrom: later(DEADLINE, (days - 5) * 1440),
    });
    const { fact } = (upgrade ? upgradePlan : plan)({ obligation: due, factsRevision, osVersion });
    if (fact.type !== 'PlanChanged') return { fact, at: when };
    return { fact: { ...fact, steps: fact.steps.map((step) => ({ ...step, version: target })) }, at: when };
  });

/** Any fact about one Mac, at any time: most of them late, out of order, or about what is long over. */
export const anyInput: fc.Arbitrary<UpdateInput> = fc.oneof(
  { weight: 3, arbitrary: anyPlan },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('compliant', 'not_managed', 'unknown', 'above_required'), revision, version, at)
      .map(([word, factsRevision, osVersion, when]) => idlePlan(word, { factsRevision, osVersion }, when)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(notifyFromReached, deadlineReached, countdownEnded), obligationId, at)
      .map(([timer, id, when]) => timer(when, id)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(version, revision, at).map(([v, r, when]) => factsChanged(v, r, { osBuild: '21G83' }, when)),
  },
  {
    weight: 10,
    arbitrary: fc
      .tuple(
        ref,
        status,
        fc.boolean(),
        fc.constantFrom('acknowledged', 'acknowledged', 'error', 'format_error'),
        errors,
        at,
      )
      .map(([of, word, listed, outcome, errorChain, when]) =>
        answered(
          of,
          {
            outcome,
            errors: errorChain,
            available: of.kind === 'available' && listed ? [offered('12.5.1'), offered('12.6')] : [],
            results: of.kind === 'download' || of.kind === 'install' ? [result(word, { errors: errorChain })] : [],
          },
          when,
        ),
      ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        subject,
        number,
        attempt,
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        status,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.option(version, { nil: undefined }),
        errors,
        at,
      )
      .map(([what, n, a, report, listed, word, percent, osVersion, errorChain, when]) =>
        reported(
          watchId(what, n, a),
          report,
          listed ? [progressing(percent, { status: word, isDownloaded: percent > 0.95 })] : [],
          when,
          {
            errors: errorChain,
            ...(osVersion !== undefined && { osVersion }),
          },
        ),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(subject, number, attempt, at).map(([s, n, a, when]) => watchSilent(watchId(s, n, a), when)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(subject, number, attempt, at).map(([s, n, a, when]) => watchStopped(watchId(s, n, a), when)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(ref, fc.constantFrom('expired', 'no_longer_owed', 'withdrawn', 're_enrolled', 'unenrolled'), at)
      .map(([of, reason, when]) => notSent(of, reason, when)),
  },
  { weight: 1, arbitrary: at.map((when) => input({ type: 'DeviceSilent', deviceId: MAC, since: START }, when)) },
  { weight: 1, arbitrary: at.map((when) => input({ type: 'DeviceHeard', deviceId: MAC }, when)) },
  {
    weight: 1,
    arbitrary: at.map((when) => input({ type: 'DeviceUnenrolled', deviceId: MAC, reason: 'checked_out' }, when)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.boolean(), at)
      .map(([again, when]) => input({ type: 'DeviceEnrolled', deviceId: MAC, udid: 'U', again }, when)),
  },
);
