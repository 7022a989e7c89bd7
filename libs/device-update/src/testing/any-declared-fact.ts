import fc from 'fast-check';
import type { UpdateInput } from '../decider.js';
import {
  declaration,
  declarationFetched,
  declarationNotOffered,
  declarationOffered,
  declarationReported,
  declaredPlan,
  declaredStep,
  inForce,
  invalid,
  updateState,
} from './declared-inputs.js';
import {
  DEADLINE,
  deadlineReached,
  factsChanged,
  later,
  notifyFromReached,
  obligation,
  OBLIGATION,
  OTHER_OBLIGATION,
  START,
} from './inputs.js';

const at = fc.integer({ min: 0, max: 20 * 1440 }).map((minutes) => later(START, minutes));
const obligationId = fc.constantFrom(OBLIGATION, OTHER_OBLIGATION);
const revision = fc.integer({ min: 1, max: 6 });
const version = fc.constantFrom('13.7.8', '14.6', '15.7.1', '15.8', '15.8.1', '27.0');
const zone = fc.constantFrom(undefined, 'Europe/Paris', 'Asia/Tokyo', 'Mars/Base');
const number = fc.integer({ min: 1, max: 3 });
const ref = fc.tuple(number, fc.integer({ min: 1, max: 4 }), obligationId).map(([n, a, o]) => declaration(n, a, o));
const token = fc.constantFrom('token-1', 'token-2');

const anyPlan = fc
  .tuple(
    fc.constantFrom('15.8.1', '15.8.2'),
    fc.constantFrom('24H32', '24H40', undefined),
    obligationId,
    revision,
    version,
    fc.constantFrom(0, 0, 0, -2, 3),
    fc.constantFrom(...['due', 'due', 'due', 'bootstrap_token_missing', 'not_supervised']),
    fc.boolean(),
    at,
  )
  .map(([target, build, id, factsRevision, osVersion, days, reason, local, when]) =>
    declaredPlan(
      {
        ...(reason === 'due' ? {} : { status: 'blocked', reason }),
        obligation: obligation({
          obligationId: id,
          version: '15.8.1',
          deadline: later(DEADLINE, days * 1440),
          notifyFrom: later(DEADLINE, (days - 5) * 1440),
        }),
        factsRevision,
        osVersion,
        steps: [
          build === undefined
            ? { mechanism: 'ddm_enforcement', version: target, preCache: false }
            : declaredStep({ version: target, build }),
        ],
        warnings: local ? ['device_zone_unknown'] : [],
      },
      when,
    ),
  );

const anyState = fc.oneof(
  fc.constant(inForce()),
  fc.constant(inForce({ active: false })),
  fc
    .constantFrom('Error.UnknownPayloadKeys', 'Error.Unknown', 'Info.NotReferencedByActivation')
    .map((code) => invalid(code)),
);

/** Any fact about a Mac of macOS 14 or later, as `anyInput` for the others. */
export const anyDeclaredInput: fc.Arbitrary<UpdateInput> = fc.oneof(
  { weight: 4, arbitrary: anyPlan },
  {
    weight: 2,
    arbitrary: fc
      .tuple(version, revision, zone, at)
      .map(([v, r, timeZone, when]) => factsChanged(v, r, timeZone === undefined ? {} : { timeZone }, when)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(notifyFromReached, deadlineReached), obligationId, at)
      .map(([timer, id, when]) => timer(when, id)),
  },
  { weight: 3, arbitrary: fc.tuple(ref, token, at).map(([of, t, when]) => declarationOffered(of, t, when)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        ref,
        fc.constantFrom(
          ...['not_supported', 'version_gone', 'past_due', 'past_due', 'withdrawn', 'a word of tomorrow'],
          ...['re_enrolled', 'unenrolled'],
        ),
        at,
      )
      .map(([of, reason, when]) => declarationNotOffered(reason, of, when)),
  },
  { weight: 2, arbitrary: fc.tuple(ref, token, at).map(([of, t, when]) => declarationFetched(of, t, when)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(ref, token, anyState, anyState, at)
      .map(([of, serverToken, enforcement, activation, when]) =>
        declarationReported({ declaration: of, serverToken, enforcement, activation }, when),
      ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('none', 'waiting', 'downloading', 'prepared', 'installing', 'failed', 'thinking'),
        fc.constantFrom('15.8.1', '15.8.2', '26.1'),
        fc.nat(2),
        fc.constantFrom('BatteryTooLow', '???', ''),
        at,
      )
      .map(([state, osVersion, count, reason, when]) =>
        updateState(state, { pendingVersion: { osVersion }, ...(count > 0 && { failure: { count, reason } }) }, when),
      ),
  },
);
