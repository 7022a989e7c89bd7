import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type Fact, subjectOf } from '@managed-os/contracts';
import { eventually } from '@managed-os/kernel/testing';
import type { Delivered } from './cloud-event.js';
import { done, type Settlement } from './settlement.js';
import { mac, reached } from './testing/events.js';
import { StrategyFixture } from './testing/strategy-fixture.js';

type Message = Delivered<Fact<'DeadlineReached'> | Fact<'CountdownEnded'>>;

let bus: StrategyFixture;
let heard: string[] = [];
beforeEach(async () => {
  heard = [];
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

/** The n-th event of a test. */
const countdownEnded = (n: number): Fact<'CountdownEnded'> => ({ ...reached(mac(1), n), type: 'CountdownEnded' });
const deadlineReached = (n: number): Fact<'DeadlineReached'> => reached(mac(1), n);

const note = ({ data }: Message): Promise<Settlement> => {
  heard.push(`${data.type} ${data.lateSeconds}`);
  return Promise.resolve(done);
};

@Controller()
class Older {
  @EventPattern([subjectOf('DeadlineReached')])
  on(@Payload() message: Message): Promise<Settlement> {
    return note(message);
  }
}

@Controller()
class Newer {
  @EventPattern([subjectOf('DeadlineReached'), subjectOf('CountdownEnded')])
  on(@Payload() message: Message): Promise<Settlement> {
    return note(message);
  }
}

let runs = 100;

/** Runs a version of the service until it has read everything, and answers what it heard of this. */
const run = async (version: Type): Promise<readonly string[]> => {
  heard = [];
  const { app } = await bus.serve(() => Promise.resolve(done), {}, version);
  // It reads once it has heard what was published after its start.
  runs += 1;
  await bus.append(reached(mac(9), runs));
  await eventually(() => heard.includes(`DeadlineReached ${runs}`), 'the service reads');
  await bus.settled();
  await app.close();
  bus.running = [];
  return heard.filter((line) => Number(line.split(' ')[1]) < 100);
};

describe('a service whose handlers change', () => {
  it('hears what came before its new handler was there, in order with what it has handled already', async () => {
    await bus.append(deadlineReached(1));
    await bus.append(countdownEnded(2));
    await bus.append(deadlineReached(3));
    expect(await run(Older)).toEqual(['DeadlineReached 1', 'DeadlineReached 3']);
    expect(await run(Newer)).toEqual(['CountdownEnded 2', 'DeadlineReached 3']);
    expect(await run(Newer)).toEqual([]);
  });

  it('hears after the upgrade what came while it was rolled back', async () => {
    await bus.append(countdownEnded(1));
    expect(await run(Newer)).toEqual(['CountdownEnded 1']);
    await bus.append(countdownEnded(2));
    await bus.append(deadlineReached(3));
    expect(await run(Older)).toEqual(['DeadlineReached 3']);
    await bus.append(countdownEnded(4));
    expect(await run(Older)).toEqual([]);
    expect(await run(Newer)).toEqual(['CountdownEnded 2', 'DeadlineReached 3', 'CountdownEnded 4']);
    expect(await run(Newer)).toEqual([]);
  });

  it('reads nothing again for a handler whose events were never published', async () => {
    await bus.append(deadlineReached(1));
    await run(Older);
    expect(await run(Newer)).toEqual([]);
  });

  it('keeps its durable as it is while a replica of the older version stands by', async () => {
    const newer = await bus.serve(() => Promise.resolve(done), {}, Newer);
    await bus.append(deadlineReached(1));
    await eventually(() => heard.length === 1, 'the newer one reads');
    await bus.serve(() => Promise.resolve(done), {}, Older);
    await bus.append(countdownEnded(2));
    await bus.relay.caughtUp();
    await newer.strategy.caughtUp();
    expect(heard).toEqual(['DeadlineReached 1', 'CountdownEnded 2']);
  });
});
