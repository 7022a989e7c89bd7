import { type Enforcement, readPlanInput } from '@managed-os/enforcement';
import { PERIODS } from '@managed-os/kernel';
import { type FieldError, Problem, type UnsavedChange } from '@managed-os/service-host';
import type { Policy } from '../tables.js';
import type { Change } from './change.js';
import type { PreviewBody } from './preview.bodies.js';

/** A change as it is previewed, and as its token names it. */
export interface Read {
  readonly change: Change;
  readonly unsaved: UnsavedChange;
  readonly revision?: string;
}

/** Throws a 400 problem that names each field and the fix. */
export const readChange = (body: PreviewBody): Read => {
  switch (body.kind) {
    case 'assignment': {
      const { itemId } = body;
      const { blueprintId } = needed(body, ['blueprintId']);
      return {
        change: { kind: 'assignment', blueprintId, itemId },
        unsaved: { kind: 'assignment', values: { blueprintId, itemId } },
      };
    }
    case 'enforcement': {
      const { itemId } = body;
      const { os, revision } = needed(body, ['os', 'revision']);
      const enforcement = body.enforcement ?? {};
      const policy = policyOf(os, enforcement);
      return {
        change: { kind: 'enforcement', itemId, os, policy, revision: Number(revision) },
        unsaved: { kind: 'enforcement', values: { itemId, os, enforcement } },
        revision,
      };
    }
    case 'override': {
      const { itemId } = body;
      const { version, revision } = needed(body, ['version', 'revision']);
      const override = { itemId, version, ...(body.window != null && { window: body.window }) };
      return {
        change: { kind: 'override', ...override, revision: Number(revision) },
        unsaved: { kind: 'override', values: override },
        revision,
      };
    }
  }
};

const needed = <N extends 'blueprintId' | 'os' | 'revision' | 'version'>(
  body: PreviewBody,
  names: readonly N[],
): Readonly<Record<N, string>> => {
  const missing = names.filter((name) => body[name] == null);
  if (missing.length > 0)
    throw invalid(
      missing.map((name) => ({ pointer: `/${name}`, detail: `${name} is needed when kind is ${body.kind}` })),
    );
  return Object.fromEntries(names.map((name) => [name, body[name]])) as Record<N, string>;
};

const FIELDS = ['mode', 'window', 'exploitedWindow', 'minimumVersion', 'deadlineDate', 'time', 'clock'] as const;

const known = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const strange = Object.keys(given).filter((name) => !(FIELDS as readonly string[]).includes(name));
  if (strange.length > 0)
    throw invalid(
      strange.map((name) => ({
        pointer: `/enforcement/${name}`,
        detail: `an enforcement has no ${name}: leave it out`,
      })),
    );
  return given;
};

/** An enforcement of the API as the rules take it. Throws a 400 problem that names each field and the fix. */
const enforcementIn = (os: string, given: Readonly<Record<string, unknown>>): Enforcement => {
  const reading = readPlanInput({ now: '2022-01-01T00:00:00Z', item: { os, enforcement: known(given) } });
  if (reading.kind === 'faults')
    throw invalid(
      reading.faults.map(({ pointer, error }) => {
        const at = pointer.replace(/^\/item/, '');
        return { pointer: at, detail: `${at.split('/').at(-1) ?? ''} ${error}` };
      }),
    );
  return reading.input.item.enforcement;
};

/** The same as events carry it. Throws as `enforcementIn` does. */
export const policyOf = (os: string, enforcement: Readonly<Record<string, unknown>>): Policy & object => {
  const policy = enforcementIn(os, enforcement);
  const exploitedWindow = exploitedWindowIn(enforcement);
  if (policy.mode === 'do_not_manage') return { mode: policy.mode, deviceLocal: false };
  const { clock, ...rest } = policy;
  return {
    ...(rest.mode === 'automatic' ? { mode: rest.mode, window: rest.window, time: rest.time } : rest),
    ...(exploitedWindow !== undefined && { exploitedWindow }),
    ...('zone' in clock && { zone: clock.zone }),
    deviceLocal: 'deviceLocal' in clock,
  };
};

const exploitedWindowIn = ({ exploitedWindow }: Readonly<Record<string, unknown>>): string | undefined => {
  if (exploitedWindow === undefined || exploitedWindow === null) return undefined;
  if (typeof exploitedWindow === 'string' && (PERIODS as readonly string[]).includes(exploitedWindow))
    return exploitedWindow;
  const detail = `exploitedWindow must be one of ${PERIODS.join(', ')}`;
  throw invalid([{ pointer: '/enforcement/exploitedWindow', detail }]);
};

const invalid = (errors: readonly FieldError[]): Problem =>
  new Problem(400, 'invalid-request', errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; '), {
    errors,
  });
