import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { subjectOf } from '@managed-os/contracts';
import { eventually } from '@managed-os/kernel/testing';
import type { Delivered } from './cloud-event.js';
import { done, type Settlement } from './settlement.js';
import { mac } from './testing/events.js';
import { StrategyFixture } from './testing/strategy-fixture.js';
import { V1, V2 } from './testing/tomorrow.js';
import { carried, isCalm, Notes, type Release, startTraffic, TODAY, TOMORROW } from './testing/upgrade.js';

let bus: StrategyFixture;
let notes: Notes;
beforeEach(async () => {
  [bus, notes] = await Promise.all([StrategyFixture.open(), Notes.open()]);
});
afterEach(async () => {
  await bus.close();
  await notes.close();
});

const MACS = Array.from({ length: 6 }, (_, i) => mac(i));

/** A replica of the consumer, and its end. */
const startReplica = async (name: string, release: Release) => {
  @Controller()
  class Consumer {
    @EventPattern(Notes.heard.map((event) => subjectOf(event)))
    on(@Payload() message: Delivered): Promise<Settlement> {
      return notes.note(message, release, name);
    }
  }
  const replica = await bus.serve(() => Promise.resolve(done), { codec: release.codec }, Consumer);
  return {
    strategy: replica.strategy,
    handles: async (more: number): Promise<void> => {
      const goal = notes.countOf(name) + more;
      await eventually(() => notes.countOf(name) >= goal, `${more} more messages handled by ${name}`);
    },
    stop: async (): Promise<void> => {
      bus.running = bus.running.filter((running) => running !== replica);
      await replica.app.close();
    },
  };
};

describe('a rolling upgrade, and one that is rolled back, with events under way all the time', () => {
  it('loses nothing, does nothing twice, and keeps the order of every Mac', async () => {
    const traffic = startTraffic(bus.fixture, MACS, [TODAY]);

    // Everything is of today.
    const old1 = await startReplica('old 1', TODAY);
    await old1.handles(40);

    // Consumers first: a new replica stands by, and takes over when the old one goes.
    const new1 = await startReplica('new 1', TOMORROW);
    const both = (): number => notes.countOf('old 1') + notes.countOf('new 1');
    const before = both();
    await eventually(() => both() >= before + 20, '20 more messages handled by either');
    await old1.stop();
    await new1.handles(40);

    // Then producers: old and new ones write, and of two relays the old one is still at work.
    const oldRelay = bus.relay;
    traffic.produceBy(TODAY, TOMORROW);
    await bus.startRelay();
    await new1.handles(60);
    await oldRelay.stop();
    await new1.handles(40);
    traffic.produceBy(TOMORROW);
    await new1.handles(40);

    // Back to an old consumer: what it can read it handles, what is too new for it waits with all that follows.
    const old2 = await startReplica('old 2', TODAY);
    await new1.stop();
    const loud = MACS.filter((device) => !isCalm(device));
    await eventually(async () => {
      const open = await bus.letters().list({ limit: 1_000 });
      return loud.every((device) => open.some(({ token, reason }) => token === device && reason === 'follows'));
    }, 'every Mac with a deadline parked');
    await old2.handles(20);
    const reasons = (await bus.letters().list({ limit: 1_000 })).map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(['unknown-version', 'follows']));
    expect(reasons.filter((reason) => reason === 'unknown-version')).toHaveLength(loud.length);

    // Upgraded again: an operator redelivers what waited, while more comes in behind it.
    const new2 = await startReplica('new 2', TOMORROW);
    await old2.stop();
    await new2.handles(20);
    const redelivered = await Promise.all(
      loud.map((token) => new2.strategy.redeliver({ stream: 'MOS_DEADLINES', token }, 'user:anna')),
    );
    expect(redelivered.filter(({ stoppedAt }) => stoppedAt)).toEqual([]);
    await new2.handles(40);
    await traffic.end();
    await bus.settled();

    // The auditor: the stream is the store, word for word; every event was noted once, in its place.
    const { stored, inStore, inStream } = await carried(bus.fixture, bus.connection);
    expect(inStream).toEqual(inStore);
    expect(new Set(stored.map(({ type }) => type))).toEqual(
      new Set([
        V1,
        V2,
        ...['CountdownEnded', 'ObligationClosed', 'DeadlineMoved'].map((n) => `managedos.deadlines.v1.${n}`),
      ]),
    );
    for (const device of MACS) {
      const heard = stored.filter(
        ({ stream, type }) => stream.endsWith(device) && Notes.heard.some((name) => type.endsWith(`.${name}`)),
      );
      expect(await notes.about(device)).toEqual(heard.map(({ id }, i) => ({ id, n: i + 1 })));
    }
    expect(await bus.letters().list()).toEqual([]);
  }, 240_000);
});
