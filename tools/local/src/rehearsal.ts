import { readFileSync } from 'node:fs';
import { contexts } from '@managed-os/contracts';
import { connectApi } from './demo/api.js';
import { type ConversationSteps, readConversationSteps } from './conversation-steps.js';
import { runDemo } from './demo/demo.js';
import { readCounts } from './demo/summary.js';
import type { Settings } from './config.js';
import { freePort } from './infra/processes.js';
import { real } from './infra/real-time.js';
import { permissionsOf } from './supervisor/bus-permissions.js';
import { Children } from './supervisor/children.js';
import { startSystem, type System } from './supervisor/system.js';
import type { Terminal } from './terminal.js';

/** What the main job came to. */
export interface Rehearsal {
  /** Every Mac that can be there is there, with exactly one install, and no Mac found fault with the server. */
  readonly good: boolean;
  /** As the Macs themselves counted. */
  readonly macs: ReturnType<typeof readCounts>['macs'];
  /** Commands that the Macs answered, and pushes that reached Macs, asleep or not. */
  readonly commands: number;
  readonly pushes: number;
  readonly steps: ConversationSteps;
  readonly minutes: number;
  /** Of each part, the most that it had in memory, in MB; empty where that cannot be seen. */
  readonly peaks: ReadonlyMap<string, number>;
  readonly deadLetters: number;
  /** Parts that ended by themselves and were started again. */
  readonly restarted: readonly string[];
}

export interface RehearsalOptions {
  readonly macs: number;
  /** A folder for all that the system keeps. */
  readonly stateDir: string;
  readonly root: string;
  /** What children inherit. */
  readonly environment: Settings['environment'];
  /** Lines that stay. */
  readonly say: (line: string) => void;
  /** Where it is at the moment, several times a second. */
  readonly progress: (line: string) => void;
  readonly ending: AbortSignal;
}

const LOOK_MS = 1_000;

/**
 * The main job with so many virtual Macs on a whole system of its own, from the first service to the last, at simulated
 * time. Leaves nothing running; throws when the system does not start.
 */
export const rehearse = async (options: RehearsalOptions): Promise<Rehearsal> => {
  const { macs, ending } = options;
  const settings: Settings = {
    ...{ root: options.root, stateDir: options.stateDir, environment: options.environment, macs },
    ...{ port: await freePort(), isPortFixed: false, fresh: false, only: undefined, exitWhenDone: true },
    ...{ databaseUrl: undefined, natsUrl: undefined, scenario: 'main-job' },
  };
  const began = real.elapsed();
  const system = await startSystem(settings, permissionsOf, options.say, ending);
  const over = new AbortController();
  const watch = new Parts(system);
  const watching = watch.run(over.signal);
  try {
    const code = await runDemo(system, settings, terminalOf(options), ending);
    const counted = readCounts(system.folder.file('fleet', 'fleet.json')).macs;
    return {
      good: code === 0,
      macs: counted,
      commands: counted.reduce((sum, { answered }) => sum + answersIn(answered), 0),
      pushes: counted.reduce((sum, { pushes }) => sum + pushes, 0),
      steps: await stepsOf(system),
      minutes: (real.elapsed() - began) / 60_000,
      peaks: watch.peaks,
      deadLetters: await deadLettersOf(system, ending),
      restarted: [...watch.restarted],
    };
  } finally {
    over.abort();
    await watching;
    await system.stop();
  }
};

/** Each action of ScheduleOSUpdate is counted beside the whole, with a blank in its name. */
const answersIn = (answered: Readonly<Record<string, number>>): number =>
  Object.entries(answered)
    .filter(([name]) => !name.includes(' '))
    .reduce((sum, [, count]) => sum + count, 0);

/** The demonstration redraws a table; of so many Macs its head line says more. */
const terminalOf = ({ say, progress }: RehearsalOptions): Terminal => ({
  isTty: true,
  columns: Infinity,
  paint: (text) => text,
  say,
  show: ([head]) => head !== undefined && progress(head),
});

const stepsOf = (system: System): Promise<ConversationSteps> =>
  readConversationSteps(system.folder.system?.environments['dispatcher']?.['MIGRATION_DATABASE_URL'] ?? '');

const deadLettersOf = async (system: System, ending: AbortSignal): Promise<number> => {
  const api = connectApi(system.address, system.token, ending);
  const counts = Object.keys(contexts).map(async (context) => {
    const path = `/api/stores/${context}/dead-letters?which=all&limit=1000`;
    return (await api.send<{ readonly items: readonly unknown[] }>('GET', path)).body.items.length;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
};

/** Looks at the processes of a system. */
class Parts {
  readonly peaks = new Map<string, number>();
  readonly restarted = new Set<string>();
  private readonly pids = new Map<string, number>();

  constructor(private readonly system: System) {}

  async run(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      this.look();
      await real.sleep(LOOK_MS, over);
    }
  }

  private look(): void {
    for (const [name, pid] of Children.pidsIn(this.system.folder.file('children.json'))) {
      const before = this.pids.get(name);
      if (before !== undefined && before !== pid) this.restarted.add(name);
      this.pids.set(name, pid);
      this.peaks.set(name, Math.max(this.peaks.get(name) ?? 0, peakOf(pid)));
    }
  }
}

/** Megabytes that a process had in memory at most; 0 where that cannot be seen. */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
};
