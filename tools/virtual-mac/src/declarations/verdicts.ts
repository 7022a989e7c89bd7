import { compareVersions } from '@managed-os/kernel';
import type { Mac } from '../fleet.js';
import { isList, type Json, type JsonDict } from '../json.js';
import type { MacState } from '../state.js';
import { itemValue } from '../status/items.js';
import { faultIn, naming, type Reason } from './check-content.js';
import type { Declaration } from './declaration.js';
import { evaluate, type Facts } from './predicate.js';
import { ENFORCEMENT, PROPERTIES } from './schema.js';

/** What the Mac makes of a declaration it holds; an entry of the status item `management.declarations`. */
export interface Verdict {
  readonly declaration: Declaration;
  readonly active: boolean;
  readonly valid: 'unknown' | 'invalid' | 'valid';
  readonly reasons: readonly Reason[];
}

/** Of every declaration held, in the order of the server's list. */
export const verdictsOf = (mac: Mac, state: MacState): readonly Verdict[] => {
  const status: Facts = (name) => itemValue(mac, state, name);
  const held = state.declarative?.held ?? [];
  const faults = new Map(held.map((declaration) => [declaration, faultIn(mac, state.osVersion, declaration)]));
  const sound = held.filter((declaration) => faults.get(declaration) === undefined);
  const properties = propertiesIn(sound);
  const activations = new Map(
    sound
      .filter(({ kind }) => kind === 'activation')
      .map((activation) => [
        activation,
        activationVerdict(activation, held, { status, property: (key) => properties[key] ?? null }),
      ]),
  );
  return held.map((declaration): Verdict => {
    const fault = faults.get(declaration);
    if (fault) return { declaration, active: false, valid: 'invalid', reasons: [fault] };
    switch (declaration.kind) {
      case 'activation':
        return activations.get(declaration) ?? unknown(declaration);
      case 'configuration':
        return configurationVerdict(declaration, [...activations.values()], state);
      case 'asset':
        return unknown(declaration, { code: 'Info.NotReferencedByConfiguration', details: naming(declaration) });
      case 'management':
        // Never "active": nothing is there to be activated.
        return { declaration, active: false, valid: 'valid', reasons: [] };
    }
  });
};

const unknown = (declaration: Declaration, ...reasons: readonly Reason[]): Verdict => ({
  declaration,
  active: false,
  valid: 'unknown',
  reasons,
});

const propertiesIn = (held: readonly Declaration[]): JsonDict =>
  Object.assign({}, ...held.map(({ content }) => (content?.type === PROPERTIES ? content.payload : {})));

const textsIn = (value: Json | undefined): readonly string[] =>
  isList(value) ? value.filter((entry) => typeof entry === 'string') : [];

export const configurationsOf = ({ content }: Declaration): readonly string[] =>
  textsIn(content?.payload['StandardConfigurations']);

const activationVerdict = (
  activation: Declaration,
  held: readonly Declaration[],
  facts: { readonly status: Facts; readonly property: Facts },
): Verdict => {
  const names = held.filter(({ kind }) => kind === 'configuration').map(({ identifier }) => identifier);
  const absent = configurationsOf(activation).filter((name) => !names.includes(name));
  const failed = (code: string, details: JsonDict): Verdict => ({
    declaration: activation,
    active: false,
    valid: 'invalid',
    reasons: [{ code, details: { ...naming(activation), ...details } }],
  });
  if (absent.length > 0) return failed('Error.MissingConfigurations', { ConfigurationIdentifiers: absent });
  const predicate = activation.content?.payload['Predicate'];
  if (typeof predicate !== 'string') return { declaration: activation, active: true, valid: 'valid', reasons: [] };
  const holds = evaluate(predicate, facts);
  switch (holds) {
    case true:
      return { declaration: activation, active: true, valid: 'valid', reasons: [] };
    case false: {
      const reason = { code: 'Info.Predicate', details: { ...naming(activation), Predicate: predicate } };
      return { declaration: activation, active: false, valid: 'valid', reasons: [reason] };
    }
    case 'cannot-be-parsed':
      return failed('Error.UnableToParsePredicate', { Predicate: predicate });
    case 'cannot-be-evaluated':
      return failed('Error.UnableToEvaluatePredicate', { Predicate: predicate });
  }
};

const configurationVerdict = (
  declaration: Declaration,
  activations: readonly Verdict[],
  state: Pick<MacState, 'osVersion' | 'osBuild'>,
): Verdict => {
  const { identifier, serverToken } = declaration;
  const referring = activations.filter((verdict) => configurationsOf(verdict.declaration).includes(identifier));
  if (referring.length === 0) {
    return unknown(declaration, {
      code: 'Info.NotReferencedByActivation',
      description: `Configuration “${identifier}:${serverToken}” is not referenced by an activation.`,
      details: naming(declaration),
    });
  }
  if (!referring.some(({ active }) => active)) {
    const failed = referring.filter(({ valid }) => valid === 'invalid');
    return unknown(
      declaration,
      ...failed.map((verdict) => ({ code: 'Error.ActivationFailed', details: naming(verdict.declaration) })),
    );
  }
  const reasons = isSatisfied(declaration, state)
    ? [{ code: 'Error.ConfigurationCannotBeApplied', details: { Error: `macOS ${state.osVersion} is not older` } }]
    : [];
  return { declaration, active: true, valid: reasons.length > 0 ? 'invalid' : 'valid', reasons };
};

/** Trap 19: an enforcement of what is installed, or of less, is an error. */
const isSatisfied = (
  { content }: Declaration,
  { osVersion, osBuild }: Pick<MacState, 'osVersion' | 'osBuild'>,
): boolean => {
  if (content?.type !== ENFORCEMENT) return false;
  const { TargetOSVersion: version, TargetBuildVersion: build } = content.payload;
  const order = compareVersions(String(version), osVersion);
  return order < 0 || (order === 0 && (build === undefined || build === osBuild));
};
