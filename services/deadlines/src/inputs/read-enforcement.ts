import { type Enforcement, readPlanInput } from '@managed-os/enforcement';
import { PERIODS } from '@managed-os/kernel';
import { type FieldError, Problem } from '@managed-os/service-host';
import type { Policy } from '../tables.js';

const FIELDS = ['mode', 'window', 'exploitedWindow', 'minimumVersion', 'deadlineDate', 'time', 'clock'] as const;

/** Only fields that an enforcement has. */
const refuseStrange = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
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

const enforcementIn = (os: string, given: Readonly<Record<string, unknown>>): Enforcement => {
  const reading = readPlanInput({ now: '2022-01-01T00:00:00Z', item: { os, enforcement: refuseStrange(given) } });
  if (reading.kind === 'faults')
    throw invalid(
      reading.faults.map(({ pointer, error }) => {
        const at = pointer.replace(/^\/item/, '');
        return { pointer: at, detail: `${at.split('/').at(-1) ?? ''} ${error}` };
      }),
    );
  return reading.input.item.enforcement;
};

/** An enforcement of the API as events carry it. Throws a 400 problem that names each field and the fix. */
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

/** A 400 problem that names each field and the fix. */
export const invalid = (errors: readonly FieldError[]): Problem =>
  new Problem(400, 'invalid-request', errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; '), {
    errors,
  });
