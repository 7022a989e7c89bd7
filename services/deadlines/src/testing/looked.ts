import { evaluate, type PlanInput, type Release } from '@managed-os/enforcement';
import { automatically, input, mac } from '@managed-os/enforcement/testing';
import { parseInstant, type Instant } from '@managed-os/kernel';
import type { Reevaluated, TimerDue } from '../obligations/obligations.input.js';

export const DEVICE = '5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11';
export const ITEM = '01992f6a-7c1e-7a53-9d0e-2f6a1b3c4d5e';
export const MINUTE = 60_000;

/** An instant, spelled shortly: `at('2022-09-10T06:00Z')`. */
export const at = (text: string): Instant => {
  const canonical = parseInstant(text.replace(/T(\d\d:\d\d)Z$/, 'T$1:00Z'));
  if (!canonical) throw new RangeError(`not an instant: ${text}`);
  return canonical;
};

export interface Look {
  readonly now?: string;
  readonly device?: PlanInput['device'];
  /** `null`: no item applies. */
  readonly enforcement?: PlanInput['item']['enforcement'] | null;
  readonly os?: string;
  readonly itemId?: string;
  readonly revision?: number;
  readonly releases?: readonly Release[];
  readonly factsRevision?: number;
}

/** A Mac without agent, looked at again; one knob per test. */
export const looked = (look: Look = {}): Reevaluated => {
  const { now = '2022-06-01T06:00Z', os = '12', enforcement = automatically({ clock: { zone: 'UTC' } }) } = look;
  const device = mac({ agentInstalled: false, ...look.device });
  const plan = input({ now, device, ...(look.releases && { releases: look.releases }) });
  return {
    type: 'Reevaluated',
    deviceId: DEVICE,
    now: at(now),
    factsRevision: look.factsRevision ?? 1,
    ...(device.osVersion && { osVersion: device.osVersion }),
    agentInstalled: device.agentInstalled ?? false,
    ...(enforcement && { item: { itemId: look.itemId ?? ITEM, revision: look.revision ?? 1 } }),
    evaluation: enforcement
      ? evaluate({ ...plan, item: { os, enforcement } })
      : { status: 'not_managed', reason: null, row: '1' },
    countdownMillis: 30 * MINUTE,
  };
};

export const timerDue = (
  timerId: string,
  now: string,
  more: Partial<Pick<TimerDue, 'setAt' | 'upSince'>> = {},
): TimerDue => ({
  type: 'TimerDue',
  deviceId: DEVICE,
  timerId,
  now: at(now),
  setAt: at('2022-01-01T00:00Z'),
  upSince: at('2022-01-01T00:00Z'),
  countdownMillis: 30 * MINUTE,
  ...more,
});
