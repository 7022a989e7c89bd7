import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate } from './decider.js';
import {
  declaration,
  declarationFetched,
  declarationNotOffered,
  declarationOffered,
  declarationReported,
  declared,
  declaredPlan,
  enforced,
  inForce,
  invalid,
  TOKEN,
} from './testing/declared-inputs.js';
import { input, MAC, notifyFromReached, OTHER_OBLIGATION, played } from './testing/inputs.js';

const given = specify(deviceUpdate);
const offered = [...declared, declarationOffered()];
const fetched = [...offered, declarationFetched()];
const observed = (state: string, said = '', serverToken: string | undefined = TOKEN) => ({
  type: 'DeclarationObserved' as const,
  deviceId: MAC,
  attempt: 1,
  try: 1,
  state,
  said,
  ...(serverToken !== '' && { serverToken }),
});
const failed = (cause: string, whoActs: string, said: string) => ({
  type: 'AttemptFailed' as const,
  deviceId: MAC,
  attempt: 1,
  cause,
  whoActs,
  said,
  kind: 'declaration',
});

describe('how far a declaration has come (X11)', () => {
  it('X11 offered, fetched and in force are different, and each is told once', () => {
    given(played(declared))
      .when(declarationOffered())
      .thenMatching((e) => expect(e).toEqual([observed('offered')]));
    given(played(offered))
      .when(declarationFetched())
      .thenMatching((e) => expect(e).toEqual([observed('fetched')]));
    given(played(fetched))
      .when(declarationReported())
      .thenMatching((e) => expect(e).toEqual([observed('in_force')]));
    given(played(offered)).when(declarationOffered()).thenNothing();
    given(played(enforced)).when(declarationOffered()).thenNothing();
    given(played(enforced)).when(declarationFetched()).thenNothing();
    given(played(enforced)).when(declarationReported()).thenNothing();
  });

  it('a document that changed begins anew', () => {
    given(played(enforced))
      .when(declarationOffered(declaration(), 'token-2'))
      .thenMatching((e) => expect(e).toEqual([observed('offered', '', 'token-2')]));
    given(played(enforced, declarationOffered(declaration(), 'token-2')))
      .when(declarationFetched())
      .thenNothing();
  });

  it.each([
    ['another attempt', declaration(1, 2)],
    ['an earlier request', declaration(2)],
    ['another obligation', declaration(1, 1, OTHER_OBLIGATION)],
  ])('what is said of %s is old', (_, ref) => {
    given(played(declared)).when(declarationOffered(ref)).thenNothing();
    given(played(declared)).when(declarationNotOffered('not_supported', ref)).thenNothing();
    given(played(offered)).when(declarationFetched(ref)).thenNothing();
    given(played(fetched))
      .when(declarationReported({ declaration: ref }))
      .thenNothing();
  });

  it('nothing is said where nothing is declared', () =>
    given(played(declaredPlan())).when(declarationOffered()).thenNothing());
});

describe('in force is active, valid and of the current document (trap 10)', () => {
  it.each([
    ['an old token', { serverToken: 'token-0' }, undefined],
    ['active and invalid', { enforcement: inForce({ valid: 'invalid' }) }, observed('not_in_force', 'invalid')],
    ['valid and not active', { enforcement: inForce({ active: false }) }, observed('not_in_force')],
    ['not judged yet', { enforcement: inForce({ valid: 'unknown' }) }, observed('not_in_force')],
    ['a word of tomorrow', { enforcement: inForce({ valid: 'almost' }) }, observed('not_in_force')],
    ['an activation that is not active', { activation: inForce({ active: false }) }, observed('not_in_force')],
  ])('trap 10 %s is not', (_, change, event) =>
    given(played(fetched))
      .when(declarationReported(change))
      .thenMatching((events) => expect(events[0]).toEqual(event)),
  );

  it('an activation that the Mac has not spoken of is none that fails', () =>
    given(played(fetched))
      .when(
        input({
          type: 'DeclarationReported',
          deviceId: MAC,
          declaration: declaration(),
          serverToken: TOKEN,
          enforcement: inForce(),
        }),
      )
      .thenMatching((events) => expect(events).toEqual([observed('in_force')])));

  it('what the Mac remarks on one that is in force is kept, and is no failure', () =>
    given(played(fetched))
      .when(declarationReported({ enforcement: inForce({ reasons: [{ code: 'Info.UnsupportedSettings' }] }) }))
      .thenMatching((events) => expect(events).toEqual([observed('in_force', 'Info.UnsupportedSettings')])));
});

describe('a declaration that the Mac does not accept (X10)', () => {
  it('X10 names cause and who acts, keeps the words, and stays', () => {
    const said = 'Error.UnknownPayloadKeys: Unknown keys: {"Keys":["TargetOsVersion"]}';
    const enforcement = invalid('Error.UnknownPayloadKeys', {
      description: 'Unknown keys',
      details: '{"Keys":["TargetOsVersion"]}',
    });
    given(played(fetched))
      .when(declarationReported({ enforcement }))
      .thenMatching((events) =>
        expect(events).toEqual([observed('not_in_force', said), failed('declaration_malformed', 'us', said)]),
      );
    given(played(fetched, declarationReported({ enforcement })))
      .when(declarationReported({ enforcement }))
      .thenNothing();
  });

  it.each([
    ['Error.ConfigurationNotSupported', 'declaration_not_supported', 'admin'],
    ['Error.ConfigurationCannotBeApplied', 'declaration_not_applied', 'apple'],
    ['Error.SomethingNew', 'unknown', 'us'],
  ])('X10 %s is %s, which %s can do something about', (code, cause, whoActs) =>
    given(played(fetched))
      .when(declarationReported({ enforcement: invalid(code) }))
      .thenMatching((events) => expect(events[1]).toEqual(failed(cause, whoActs, code))),
  );

  it('trap 8 one that no activation refers to is our fault', () =>
    given(played(fetched))
      .when(declarationReported({ enforcement: { ...invalid('Info.NotReferencedByActivation'), valid: 'valid' } }))
      .thenMatching((events) => expect(events[1]).toMatchObject({ cause: 'declaration_malformed', whoActs: 'us' })));

  it('an activation that fails is a failure of both', () =>
    given(played(fetched))
      .when(declarationReported({ activation: invalid('Error.MissingConfigurations') }))
      .thenMatching((events) => expect(events[1]).toMatchObject({ cause: 'declaration_malformed' })));

  it('one that is in force after all has not failed', () =>
    expect(
      played(fetched, declarationReported({ enforcement: invalid('Error.Unknown') }), declarationReported()).reduce(
        deviceUpdate.evolve,
        deviceUpdate.initial,
      ).attempt?.failure,
    ).toBeUndefined());
});

describe('a declaration that cannot be offered', () => {
  it.each([
    ['not_supported', 'declaration_not_supported'],
    ['not_supervised', 'not_supervised'],
  ])('trap 29 %s is a matter of the admin, told once', (reason, cause) => {
    given(played(declared))
      .when(declarationNotOffered(reason))
      .thenMatching((events) =>
        expect(events).toEqual([observed('not_offered', reason, ''), failed(cause, 'admin', reason)]),
      );
    given(played(declared, declarationNotOffered(reason)))
      .when(declarationNotOffered(reason))
      .thenNothing();
  });

  it('trap 17 a version that left Apple’s lists is no failure: it is waited for', () =>
    given(played(enforced))
      .when(declarationNotOffered('version_gone'))
      .thenMatching((events) => expect(events).toEqual([observed('not_offered', 'version_gone', '')])));

  it('one that is offered after all has not failed, and its token counts again', () =>
    given(played(offered, declarationNotOffered('not_supported')))
      .when(declarationOffered())
      .thenMatching((events) => expect(events).toEqual([observed('offered')])));

  it.each(['withdrawn', 'unenrolled', 're_enrolled'])('one that is %s is settled elsewhere', (reason) =>
    given(played(offered)).when(declarationNotOffered(reason)).thenNothing(),
  );

  it.each(['unenrolled', 're_enrolled'])(
    'one that was never offered (%s) is requested again with the same time, in case that the enrollment came before; once',
    (reason) => {
      const refused = declarationNotOffered(reason);
      given(played(declared))
        .when(refused)
        .thenMatching((events) =>
          expect(events).toMatchObject([
            { type: 'DeclarationObserved', state: 'not_offered', said: reason },
            { type: 'DeclarationRequested', try: 2, targetLocalDateTime: '2022-09-16T16:00:00' },
          ]),
        );
      const again = [...declared, refused];
      given(played(again))
        .when(declarationNotOffered(reason, declaration(2)))
        .thenNothing();
      given(played(again, declarationOffered(declaration(2))))
        .when(declarationNotOffered(reason, declaration(2)))
        .thenNothing();
    },
  );

  it('before its time there is none', () =>
    given(played(declaredPlan(), notifyFromReached()).slice(0, 3))
      .when(declarationNotOffered('not_supported'))
      .thenNothing());
});
