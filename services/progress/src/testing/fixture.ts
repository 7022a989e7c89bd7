import { deadlines, devices, updates } from '@managed-os/contracts';
import type { UpdateEvent, UpdateFact, UpdateInput } from '@managed-os/device-update';
import * as mac from '@managed-os/device-update/testing';
import { type Neighbours, openNeighbours, startTestNats } from '@managed-os/event-bus/testing';
import type { EventStore } from '@managed-os/event-store';
import { eventually, ManualClock } from '@managed-os/kernel/testing';
import { EVENT_STORE } from '@managed-os/service-host';
import { startTestService, type TestService } from '@managed-os/service-host/testing';
import type { ComplianceAnswer } from '../compliance/compliance.bodies.js';
import type { DeviceAnswer } from '../devices/devices.bodies.js';
import { progressService } from '../service.js';
import type { TimelineAnswer } from '../timeline/timeline.bodies.js';

export const macId = (n: number): string => `10000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** The same facts about another Mac. */
export const of = (n: number, { fact, at }: UpdateInput): UpdateInput => ({
  fact: { ...fact, deviceId: macId(n) } as UpdateFact,
  at,
});

export const enrolled = (n: number, name: string, at = mac.START): UpdateInput =>
  of(
    n,
    mac.input(
      {
        type: 'DeviceEnrolled',
        deviceId: macId(n),
        udid: `UDID-${n}`,
        name,
        serialNumber: `C02${n}`,
        model: 'MacBookPro18,3',
        again: false,
      },
      at,
    ),
  );

export const facts = (n: number, version: string, revision: number, name: string, at = mac.START): UpdateInput =>
  of(n, mac.factsChanged(version, revision, { name, serialNumber: `C02${n}`, model: 'MacBookPro18,3' }, at));

/** The service on a real database and bus, with whoever speaks to it. */
export interface Progress {
  readonly service: TestService;
  readonly others: Neighbours;
  /** Tells facts, each twice, and waits until the service has handled them and its read models show them. */
  tell(...inputs: readonly UpdateInput[]): Promise<readonly string[]>;
  device(n?: number): Promise<DeviceAnswer>;
  timelineOf(n?: number, query?: string): Promise<TimelineAnswer>;
  events(n?: number): Promise<readonly UpdateEvent[]>;
  compliance(): Promise<ComplianceAnswer>;
  close(): Promise<void>;
}

export const openProgress = async (): Promise<Progress> => {
  const nats = await startTestNats();
  const others = await openNeighbours(nats.url, updates);
  const clock = new ManualClock(mac.START);
  const service = await startTestService(progressService, { clock, natsUrl: nats.url });
  const read = async <T>(path: string): Promise<T> => (await service.api<T>('GET', path)).body;
  return {
    service,
    others,
    tell: async (...inputs) => {
      const ids: string[] = [];
      for (const { fact, at } of inputs) {
        clock.moveTo(at);
        ids.push(await others.tell(fact, { token: fact.deviceId, time: at }));
        await eventually(
          async () => (await others.unread('progress', deadlines, devices)) === 0,
          `handling ${fact.type}`,
        );
      }
      await service.caughtUp();
      return ids;
    },
    device: (n = 1) => read<DeviceAnswer>(`/api/devices/${macId(n)}`),
    timelineOf: (n = 1, query = '') => read<TimelineAnswer>(`/api/devices/${macId(n)}/timeline${query}`),
    events: async (n = 1) =>
      (await service.app.get<EventStore<UpdateEvent>>(EVENT_STORE).readStream(`device_update-${macId(n)}`)).map(
        ({ data }) => data,
      ),
    compliance: () => read<ComplianceAnswer>('/api/updates/compliance'),
    close: async () => {
      await others.close();
      await service.close();
      await nats.stop();
    },
  };
};
