import type { Fact } from '@managed-os/contracts';
import { type Instant, present } from '@managed-os/kernel';
import { declareAnew, declareLate } from './declaring.js';
import { classify, type Failure } from './failures.js';
import type { UpdateSettings } from './settings.js';
import {
  type Attempt,
  type Declaration,
  type UpdateEvent,
  type UpdateState,
  VERSION_GONE,
  NOT_ENROLLED,
} from './state.js';
import { declarationWords } from './words.js';

type DeclarationFact =
  Fact<'DeclarationOffered'> | Fact<'DeclarationNotOffered'> | Fact<'DeclarationFetched'> | Fact<'DeclarationReported'>;

interface Declared {
  readonly attempt: Attempt;
  readonly declaration: Declaration;
}

/** How far the declaration has come: offered is not fetched, fetched is not in force, and in force is not done (X11). */
export const onDeclaration = (
  fact: DeclarationFact,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const declared = declaredBy(fact, state);
  if (!declared) return [];
  switch (fact.type) {
    case 'DeclarationOffered':
      return onOffered(fact, declared);
    case 'DeclarationNotOffered':
      return onNotOffered(fact, declared, state, at, settings);
    case 'DeclarationFetched':
      return onFetched(fact, declared);
    case 'DeclarationReported':
      return onReported(fact, declared);
  }
};

/** The declaration that is meant, where it is the last one requested; any other is an old one. */
const declaredBy = ({ declaration: ref }: DeclarationFact, { attempt }: UpdateState): Declared | undefined => {
  const declaration = attempt?.declaration;
  return declaration &&
    ref?.obligationId === attempt.obligationId &&
    ref.attempt === attempt.number &&
    ref.try === declaration.try
    ? { attempt, declaration }
    : undefined;
};

const onOffered = (
  { deviceId, serverToken }: Fact<'DeclarationOffered'>,
  declared: Declared,
): readonly UpdateEvent[] =>
  declared.declaration.serverToken === serverToken ? [] : [observed(deviceId, declared, 'offered', '', serverToken)];

/** What the Mac has read: its time does not move any more. */
const READ = ['fetched', 'in_force', 'not_in_force'];

const onNotOffered = (
  { deviceId, reason }: Fact<'DeclarationNotOffered'>,
  declared: Declared,
  state: UpdateState,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const { attempt, declaration } = declared;
  if (reason === 'withdrawn') return [];
  if (NOT_ENROLLED.includes(reason)) return onNotEnrolled(reason, declared, state, deviceId, at, settings);
  if (reason === 'past_due')
    return READ.includes(declaration.state) ? [] : declareLate(deviceId, attempt, state, at, settings);
  if (declaration.state === 'not_offered' && declaration.said === reason) return [];
  return [
    observed(deviceId, declared, 'not_offered', reason),
    ...(reason === VERSION_GONE ? [] : [failedWith(deviceId, attempt, classify(reason), reason)]),
  ];
};

/**
 * The Mac was not enrolled. What it had before is settled by the enrollment or the plan that follows; what it was never offered
 * may be settled already, by one that came before this news of an older one, and is requested again. Once: what is refused
 * again is refused by who the Mac is now, and news of that is on its way.
 */
const onNotEnrolled = (
  reason: string,
  declared: Declared,
  state: UpdateState,
  deviceId: string,
  at: Instant,
  settings: UpdateSettings,
): readonly UpdateEvent[] => {
  const { attempt, declaration } = declared;
  if (declaration.state !== 'requested' || declaration.again) return [];
  return [observed(deviceId, declared, 'not_offered', reason), ...declareAnew(deviceId, attempt, state, at, settings)];
};

const onFetched = (
  { deviceId, serverToken }: Fact<'DeclarationFetched'>,
  declared: Declared,
): readonly UpdateEvent[] =>
  declared.declaration.state === 'offered' && declared.declaration.serverToken === serverToken
    ? [observed(deviceId, declared, 'fetched', '', serverToken)]
    : [];

/** In force is active, valid and of the document that is offered, nothing less (trap 10); and so is its activation (trap 8). */
const onReported = (fact: Fact<'DeclarationReported'>, declared: Declared): readonly UpdateEvent[] => {
  const { deviceId, enforcement, activation, serverToken } = fact;
  const { attempt, declaration } = declared;
  if (declaration.serverToken !== serverToken) return [];
  const parts = [enforcement, activation].filter((part) => part !== undefined);
  const inForce = parts.length > 0 && parts.every(({ active, valid }) => active && valid === 'valid');
  const said = declarationWords(parts);
  const state = inForce ? 'in_force' : 'not_in_force';
  if (declaration.state === state && declaration.said === said) return [];
  return [
    observed(deviceId, declared, state, said, serverToken),
    ...(inForce || said === '' ? [] : [failedWith(deviceId, attempt, classify(said), said)]),
  ];
};

const observed = (
  deviceId: string,
  { attempt, declaration }: Declared,
  state: Fact<'DeclarationObserved'>['state'],
  said: string,
  serverToken?: string,
): UpdateEvent =>
  present({
    type: 'DeclarationObserved' as const,
    deviceId,
    attempt: attempt.number,
    try: declaration.try,
    state,
    serverToken,
    said,
  });

/** The declaration stays: the Mac looks at it again when something changes. */
const failedWith = (deviceId: string, attempt: Attempt, { cause, whoActs }: Failure, said: string): UpdateEvent => ({
  type: 'AttemptFailed',
  deviceId,
  attempt: attempt.number,
  cause,
  whoActs,
  said,
  kind: 'declaration',
});
