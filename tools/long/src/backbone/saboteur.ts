import type { RealTime } from '@managed-os/kernel';
import type { Random } from '../random.js';
import type { Actor } from './actors.js';
import type { Silence } from './link.js';
import { pauseProcess, type Victim } from './victim.js';

/** What can be broken. */
export interface Targets {
  readonly actors: readonly Actor[];
  readonly postgres: Victim;
  /** Server processes of PostgreSQL that work for an actor. */
  readonly backends: () => Promise<readonly number[]>;
  readonly nats: readonly Victim[];
}

export interface SaboteurOptions {
  readonly targets: Targets;
  readonly random: Random;
  readonly real: RealTime;
  /** How long something is paused or silent at most. */
  readonly longest: Longest;
  said(line: string): void;
}

export interface Longest {
  readonly pauseMs: number;
  readonly silenceMs: number;
}

/** One deed: a name to count it by, and how long until it is over. */
interface Deed {
  readonly name: string;
  readonly detail?: string;
  /** Does it; resolves when nothing of it is left. */
  run(): Promise<void>;
}

type Plan = (random: Random, targets: Targets, real: RealTime, longest: Longest) => Deed;

const SILENCES: readonly Silence[] = ['to the server', 'to the client', 'both ways'];

/** Longer than `ack_wait`, pins and most patience. */
export const LONG: Longest = { pauseMs: 20_000, silenceMs: 40_000 };
export const SHORT: Longest = { pauseMs: 2_000, silenceMs: 3_000 };

const seconds = (millis: number): string => `${(millis / 1_000).toFixed(1)} s`;

/** Often short, sometimes long. */
const spell = (random: Random, most: number): number => 1_000 + random.next() ** 2 * (most - 1_000);

const kill =
  (pick: (random: Random, targets: Targets) => Victim): Plan =>
  (random, targets) => {
    const victim = pick(random, targets);
    return { name: `kill -9 ${victim.name}`, run: () => Promise.resolve(victim.kill()) };
  };

const restart =
  (pick: (random: Random, targets: Targets) => Victim): Plan =>
  (random, targets) => {
    const victim = pick(random, targets);
    return { name: `restart ${victim.name}`, run: () => victim.restart() };
  };

const pause =
  (pick: (random: Random, targets: Targets) => Victim): Plan =>
  (random, targets, real, { pauseMs }) => {
    const victim = pick(random, targets);
    const forMs = spell(random, pauseMs);
    return {
      name: `pause ${victim.name}`,
      detail: seconds(forMs),
      run: async () => {
        const goOn = victim.pause();
        await real.sleep(forMs);
        goOn();
      },
    };
  };

const pauseBackend: Plan = (random, { backends }, real, { pauseMs }) => {
  const forMs = spell(random, pauseMs);
  const which = random.next();
  return {
    name: 'pause a backend of postgres',
    detail: seconds(forMs),
    run: async () => {
      const pids = await backends();
      const goOn = pauseProcess(pids[Math.floor(which * pids.length)]);
      await real.sleep(forMs);
      goOn();
    },
  };
};

const anyLink = (random: Random, { actors }: Targets) => {
  const { victim, links } = random.pick(actors);
  const { to, link } = random.pick(links);
  return { link, between: `${victim.name} and ${to}` };
};

const cut: Plan = (random, targets) => {
  const { link, between } = anyLink(random, targets);
  return { name: 'cut a network', detail: between, run: () => Promise.resolve(link.cut()) };
};

const silence: Plan = (random, targets, real, { silenceMs }) => {
  const { link, between } = anyLink(random, targets);
  const how = random.pick(SILENCES);
  const forMs = spell(random, silenceMs);
  return {
    name: 'silence a network',
    detail: `between ${between}, ${how}, ${seconds(forMs)}`,
    run: async () => {
      link.fallSilent(how);
      await real.sleep(forMs);
      link.speak();
    },
  };
};

const anActor = (random: Random, { actors }: Targets): Victim => random.pick(actors).victim;
const postgres = (_: Random, targets: Targets): Victim => targets.postgres;
const aNats = (random: Random, { nats }: Targets): Victim => random.pick(nats);

const killAllNats: Plan = (_, { nats }) => ({
  name: 'kill -9 every nats at once',
  run: () => Promise.resolve(nats.forEach((victim) => victim.kill())),
});

/** How likely each is, in parts. */
const PLANS: readonly (readonly [parts: number, plan: Plan])[] = [
  [10, kill(anActor)],
  [8, pause(anActor)],
  [3, restart(anActor)],
  [2, kill(postgres)],
  [1, restart(postgres)],
  [3, pauseBackend],
  [3, kill(aNats)],
  [1, restart(aNats)],
  [3, pause(aNats)],
  [1, killAllNats],
  [4, cut],
  [7, silence],
];

const choose = (random: Random): Plan => {
  let left = random.next() * PLANS.reduce((sum, [parts]) => sum + parts, 0);
  for (const [parts, plan] of PLANS) {
    left -= parts;
    if (left < 0) return plan;
  }
  return cut;
};

const SHORTEST_REST = 200;
const LONGEST_REST = 6_000;
const REHEARSAL_REST = 500;

/** Breaks one thing after the other, often several at once; what it does follows from its chance alone. */
export class Saboteur {
  /** How often it did what. */
  readonly deeds = new Map<string, number>();
  private readonly going = new Set<Promise<void>>();

  constructor(private readonly options: SaboteurOptions) {}

  async work(ending: AbortSignal): Promise<void> {
    const { random, real } = this.options;
    while (!ending.aborted) {
      this.begin(choose(random));
      // A third of them come together with the next one.
      if (!random.happens(1 / 3)) await real.sleep(random.between(SHORTEST_REST, LONGEST_REST), ending);
    }
  }

  /** Every deed once. */
  async rehearse(): Promise<void> {
    for (const [, plan] of PLANS) {
      this.begin(plan);
      await this.options.real.sleep(REHEARSAL_REST);
    }
  }

  /** Resolves when nothing is broken any more. */
  async healed(): Promise<void> {
    await Promise.all(this.going);
  }

  private begin(plan: Plan): void {
    const { random, targets, real, longest, said } = this.options;
    const { name, detail, run } = plan(random, targets, real, longest);
    this.deeds.set(name, (this.deeds.get(name) ?? 0) + 1);
    said(detail === undefined ? name : `${name}: ${detail}`);
    const done = run().catch((error: unknown) => said(`${name} failed: ${String(error)}`));
    this.going.add(done);
    void done.then(() => this.going.delete(done));
  }
}
