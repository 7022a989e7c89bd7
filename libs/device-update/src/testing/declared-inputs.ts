import type { Fact } from '@managed-os/contracts';
import type { Instant } from '@managed-os/kernel';
import type { UpdateInput } from '../decider.js';
import {
  factsChanged,
  input,
  later,
  MAC,
  NOTIFY_FROM,
  notifyFromReached,
  obligation,
  OBLIGATION,
  plan,
  played,
} from './inputs.js';

/** One Mac on 15.7.1 that owes 15.8.1 by 16 September 2022, 16:00 in Paris (row 8); each builder turns one knob. */
export const declaredPlan = (change: Partial<Fact<'PlanChanged'>> = {}, at?: Instant): UpdateInput =>
  plan(
    {
      row: '8',
      osVersion: '15.7.1',
      obligation: obligation({ version: '15.8.1' }),
      target: { version: '15.8.1', build: '24H32' },
      steps: [declaredStep()],
      ...change,
    },
    at,
  );

type Step = Fact<'PlanChanged'>['steps'][number];
export const declaredStep = (change: Partial<Step> = {}): Step => ({
  mechanism: 'ddm_enforcement',
  version: '15.8.1',
  build: '24H32',
  preCache: false,
  ...change,
});

/** The facts of that Mac, with its zone. */
export const declaredFacts = (
  change: Partial<Fact<'DeviceFactsChanged'>> = {},
  factsRevision = 1,
  at?: Instant,
): UpdateInput => factsChanged('15.7.1', factsRevision, { timeZone: 'Europe/Paris', ...change }, at);

type Ref = NonNullable<Fact<'DeclarationOffered'>['declaration']>;
export const declaration = (number = 1, attempt = 1, obligationId = OBLIGATION): Ref => ({
  obligationId,
  attempt,
  try: number,
});

export const TOKEN = 'token-1';
const OFFERED = later(NOTIFY_FROM, 1);

export const declarationOffered = (ref = declaration(), serverToken = TOKEN, at: Instant = OFFERED): UpdateInput =>
  input({ type: 'DeclarationOffered', deviceId: MAC, declaration: ref, serverToken }, at);

export const declarationNotOffered = (reason: string, ref = declaration(), at: Instant = OFFERED): UpdateInput =>
  input({ type: 'DeclarationNotOffered', deviceId: MAC, declaration: ref, reason }, at);

export const declarationFetched = (
  ref = declaration(),
  serverToken = TOKEN,
  at: Instant = later(OFFERED, 1),
): UpdateInput => input({ type: 'DeclarationFetched', deviceId: MAC, declaration: ref, serverToken }, at);

type State = NonNullable<Fact<'DeclarationReported'>['enforcement']>;
export const inForce = (change: Partial<State> = {}): State => ({
  active: true,
  valid: 'valid',
  reasons: [],
  ...change,
});

/** A state that names a reason of Apple's. */
export const invalid = (code: string, change: Partial<State['reasons'][number]> = {}): State => ({
  active: false,
  valid: 'invalid',
  reasons: [{ code, ...change }],
});

export const declarationReported = (
  change: Partial<Fact<'DeclarationReported'>> = {},
  at: Instant = later(OFFERED, 2),
): UpdateInput =>
  input(
    {
      type: 'DeclarationReported',
      deviceId: MAC,
      declaration: declaration(),
      serverToken: TOKEN,
      enforcement: inForce(),
      activation: inForce(),
      ...change,
    },
    at,
  );

/** What the Mac says of its own update, the wanted one pending unless told otherwise. */
export const updateState = (
  installState: string,
  change: Partial<Fact<'UpdateStateReported'>> = {},
  at: Instant = later(OFFERED, 10),
): UpdateInput =>
  input(
    {
      type: 'UpdateStateReported',
      deviceId: MAC,
      installState,
      pendingVersion: { osVersion: '15.8.1', buildVersion: '24H32', targetLocalDateTime: '2022-09-16T16:00:00' },
      installReasons: ['declaration'],
      ...change,
    },
    at,
  );

/** Declared at its time. */
export const declared: readonly UpdateInput[] = [declaredFacts(), declaredPlan(), notifyFromReached()];
/** … and in force on the Mac. */
export const enforced: readonly UpdateInput[] = [
  ...declared,
  declarationOffered(),
  declarationFetched(),
  declarationReported(),
];

/** While it is prompted. */
export const WHILE_PROMPTED = later(NOTIFY_FROM, 60);

/** The same Mac owes the release after it. */
export const to1582 = {
  target: { version: '15.8.2', build: '24H33' },
  steps: [declaredStep({ version: '15.8.2', build: '24H33' })],
};

/** What is requested of the Mac by declaration when all of this comes. */
export const declarationsRequested = (...inputs: readonly (UpdateInput | readonly UpdateInput[])[]) =>
  played(...inputs).filter((event) => event.type === 'DeclarationRequested');
