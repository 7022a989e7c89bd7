import type { DevicesEvent, Fact } from '@managed-os/contracts';
import { accept, type Decider, type Decision, type Instant } from '@managed-os/kernel';

/** What is known of a Mac, without the event's own marks. */
export type Facts = Omit<Fact<'DeviceFactsChanged'>, 'type' | 'deviceId' | 'factsRevision' | 'observedAt'>;

export type DeviceInput =
  /** The first TokenUpdate after an Authenticate. Each enrollment once; whoever calls sees to that. */
  | {
      readonly type: 'Enrolled';
      readonly deviceId: string;
      readonly udid: string;
      readonly seen: Pick<Facts, 'serialNumber' | 'name' | 'model' | 'osVersion' | 'osBuild' | 'architecture'>;
      readonly bootstrapTokenEscrowed: boolean;
      readonly at: Instant;
    }
  /** The Mac said something about itself, perhaps in an answer that others wait for: `answers` are told first. */
  | {
      readonly type: 'Observed';
      readonly deviceId: string;
      readonly seen: Partial<Facts>;
      readonly answers: readonly (Fact<'CommandAnswered'> | Fact<'WatchReported'>)[];
      /** What it reported by itself beside; told last, because only who knows its version can judge that. */
      readonly reports?: readonly (Fact<'DeclarationReported'> | Fact<'UpdateStateReported'>)[];
      readonly at: Instant;
    }
  | {
      readonly type: 'Left';
      readonly deviceId: string;
      readonly reason: 'checked_out' | 'replaced';
      readonly at: Instant;
    }
  | { readonly type: 'NotHeard'; readonly deviceId: string; readonly since: Instant }
  | { readonly type: 'Heard'; readonly deviceId: string };

export interface DeviceState {
  /** Absent until the first enrollment. */
  readonly facts?: Facts;
  readonly factsRevision: number;
  readonly silent: boolean;
}

const NOTHING_KNOWN: Facts = { mdmEnrolled: false, bootstrapTokenEscrowed: false, agentInstalled: false };

/**
 * One Mac as the dispatcher knows it. `DeviceFactsChanged` is whole, so a load may start at the last one: a silent Mac
 * is heard before anything of it changes.
 */
export const device: Decider<DeviceInput, DevicesEvent, DeviceState> = {
  initial: { factsRevision: 0, silent: false },

  decide(input, state): Decision<DevicesEvent> {
    const { deviceId } = input;
    const heard: readonly DevicesEvent[] = state.silent ? [{ type: 'DeviceHeard', deviceId }] : [];
    switch (input.type) {
      case 'Enrolled':
        return accept(...heard, ...enrolled(input, state));
      case 'Observed':
        return accept(
          ...heard,
          ...input.answers,
          ...changed(input, state, { ...known(state), ...input.seen }),
          ...(input.reports ?? []),
        );
      case 'Left':
        return known(state).mdmEnrolled
          ? accept(
              ...heard,
              { type: 'DeviceUnenrolled', deviceId, reason: input.reason },
              ...changed(input, state, { ...known(state), mdmEnrolled: false, bootstrapTokenEscrowed: false }),
            )
          : accept(...heard);
      case 'NotHeard':
        return state.silent || !known(state).mdmEnrolled
          ? accept()
          : accept({ type: 'DeviceSilent', deviceId, since: input.since });
      case 'Heard':
        return accept(...heard);
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'DeviceFactsChanged':
        return { facts: factsIn(event), factsRevision: event.factsRevision, silent: false };
      case 'DeviceSilent':
        return { ...state, silent: true };
      case 'DeviceHeard':
        return { ...state, silent: false };
      case 'DeviceEnrolled':
      case 'DeviceUnenrolled':
      case 'CommandSent':
      case 'CommandNotSent':
      case 'CommandDeferred':
      case 'CommandAnswered':
      case 'WatchReported':
      case 'WatchSilent':
      case 'WatchStopped':
      case 'DeclarationOffered':
      case 'DeclarationNotOffered':
      case 'DeclarationFetched':
      case 'DeclarationReported':
      case 'UpdateStateReported':
      case 'PushTokenRefused':
        return state;
      case 'PushCertificateExpiring':
      case 'PushCertificateRefused':
        // Of another category: they are in no stream of a Mac.
        return state;
    }
  },
};

const MARKS: ReadonlySet<string> = new Set(['type', 'deviceId', 'factsRevision', 'observedAt']);

const factsIn = (event: Fact<'DeviceFactsChanged'>): Facts =>
  Object.fromEntries(Object.entries(event).filter(([key]) => !MARKS.has(key))) as Record<keyof Facts, never>;

const known = (state: DeviceState): Facts => state.facts ?? NOTHING_KNOWN;

const enrolled = (input: DeviceInput & { type: 'Enrolled' }, state: DeviceState): readonly DevicesEvent[] => {
  const { deviceId, udid, seen, bootstrapTokenEscrowed } = input;
  const { serialNumber, name, model } = seen;
  const before = known(state);
  // What belongs to the hardware outlives an enrollment; the rest may have changed behind our back and is asked anew.
  const lasting = {
    ...(before.architecture !== undefined && { architecture: before.architecture }),
    ...(before.softwareUpdateDeviceId !== undefined && { softwareUpdateDeviceId: before.softwareUpdateDeviceId }),
  };
  return [
    {
      type: 'DeviceEnrolled',
      deviceId,
      udid,
      ...(serialNumber !== undefined && { serialNumber }),
      ...(name !== undefined && { name }),
      ...(model !== undefined && { model }),
      again: state.facts !== undefined,
    },
    ...changed(input, state, { ...NOTHING_KNOWN, ...lasting, ...seen, mdmEnrolled: true, bootstrapTokenEscrowed }),
  ];
};

const changed = (
  { deviceId, at }: { readonly deviceId: string; readonly at: Instant },
  state: DeviceState,
  facts: Facts,
): readonly DevicesEvent[] =>
  state.facts !== undefined && same(facts, state.facts)
    ? []
    : [{ type: 'DeviceFactsChanged', deviceId, factsRevision: state.factsRevision + 1, ...facts, observedAt: at }];

const same = (a: Facts, b: Facts): boolean =>
  ([...Object.keys(a), ...Object.keys(b)] as (keyof Facts)[]).every((key) => a[key] === b[key]);
