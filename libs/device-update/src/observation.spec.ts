import { describe, expect, it } from '@jest/globals';
import { specify } from '@managed-os/kernel/testing';
import { deviceUpdate, type UpdateInput } from './decider.js';
import { declared, declaredFacts, declaredPlan, declaredStep } from './testing/declared-inputs.js';
import {
  factsChanged,
  MAC,
  NOTIFY_FROM,
  notifyFromReached,
  obligation,
  OTHER_OBLIGATION,
  played,
} from './testing/inputs.js';

const given = specify(deviceUpdate);
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const requests = (...inputs: readonly (UpdateInput | readonly UpdateInput[])[]) =>
  played(...inputs).filter((event) => event.type === 'DeclarationRequested');

const to1582 = {
  target: { version: '15.8.2', build: '24H33' },
  steps: [declaredStep({ version: '15.8.2', build: '24H33' })],
};

describe('the zone of a Mac', () => {
  it('is recorded when its facts tell another one', () => {
    given()
      .when(declaredFacts())
      .thenMatching((events) =>
        expect(events[1]).toEqual({ type: 'ZoneObserved', deviceId: MAC, timeZone: 'Europe/Paris', factsRevision: 1 }),
      );
    given(played(declaredFacts())).when(declaredFacts({}, 2)).thenNothing();
    given(played(declaredFacts()))
      .when(factsChanged('15.7.1', 2))
      .then({ type: 'ZoneObserved', deviceId: MAC, factsRevision: 2 });
  });

  it('is none that older facts tell', () => {
    given(played(declaredFacts({}, 2)))
      .when(declaredFacts({ timeZone: 'Asia/Tokyo' }, 1))
      .thenNothing();
    given(played(declaredFacts({}, 2)))
      .when(declaredFacts({ timeZone: 'Asia/Tokyo' }, 2))
      .thenNothing();
  });

  it('is also told by facts that their plan overtook', () =>
    given(played(declaredPlan()))
      .when(declaredFacts())
      .thenMatching((events) => expect(types(events)).toEqual(['ZoneObserved'])));

  it('is known to the next attempt', () =>
    expect(
      requests(
        declared,
        factsChanged('15.8.1', 2, { timeZone: 'Europe/Paris' }),
        declaredPlan({
          ...to1582,
          factsRevision: 2,
          osVersion: '15.8.1',
          obligation: obligation({ version: '15.8.2', obligationId: OTHER_OBLIGATION }),
        }),
        notifyFromReached(NOTIFY_FROM, OTHER_OBLIGATION),
      ).at(-1),
    ).toMatchObject({ attempt: 2, zone: 'Europe/Paris' }));
});
