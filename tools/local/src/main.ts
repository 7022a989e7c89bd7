import 'reflect-metadata';
import { readSettings, type Settings } from './config.js';
import { runDemo } from './demo/demo.js';
import { real } from './infra/real-time.js';
import { ServerUnusable } from './infra/server-unusable.js';
import { permissionsOf } from './supervisor/bus-permissions.js';
import { joinSystem } from './supervisor/join.js';
import { CannotStart } from './supervisor/state-folder.js';
import { startSystem, type System } from './supervisor/system.js';
import { openTerminal, type Terminal } from './terminal.js';

const settings = readSettings(process.argv.slice(2));
const terminal = openTerminal(process.stdout);

/** A signal often arrives twice: from the terminal and through npm. Only one that comes later is a person's impatience. */
const SAME_KEYSTROKE = 1_500;

const stopOnSignals = (stopping: AbortController): void => {
  let first: number | undefined;
  const onSignal = (): void => {
    if (first === undefined) {
      first = real.elapsed();
      terminal.say('stopping; once more to stop at once …');
      stopping.abort();
    } else if (real.elapsed() - first > SAME_KEYSTROKE) {
      terminal.say('stopped at once: the next start ends what still runs');
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

const introduce = (system: System): void => {
  const taken = system.address.endsWith(`:${settings.port}`) ? '' : `   (port ${settings.port} is taken)`;
  terminal.say('');
  terminal.say(`  Managed OS   ${system.address}${taken}`);
  terminal.say(`  local token  ${system.token}   (admin; Authorization: Bearer …)`);
  terminal.say(`  enrollment   ${system.enrollment}   (the profile that a Mac would get)`);
  terminal.say(`  logs         ${system.folder.file('logs')}`);
  terminal.say('');
};

const serve = async (chosen: Settings, out: Terminal): Promise<number> => {
  const stopping = new AbortController();
  stopOnSignals(stopping);
  let system: System | undefined;
  try {
    system = await startSystem(chosen, permissionsOf, (line) => out.say(line), stopping.signal);
    introduce(system);
    const code = chosen.macs === 0 ? 0 : await runDemo(system, chosen, out, stopping.signal);
    if (chosen.macs === 0) system.clock.run(1);
    if (!chosen.exitWhenDone) await untilAborted(stopping.signal);
    return stopping.signal.aborted && !chosen.exitWhenDone ? 0 : code;
  } catch (error) {
    // Whatever a start ends with that a person called off is no news.
    if (!stopping.signal.aborted) throw error;
    return 130;
  } finally {
    out.show([]);
    await system?.stop();
    if (system) out.say('everything stopped; npm start goes on from here');
    else if (stopping.signal.aborted) out.say('stopped before everything was up');
  }
};

try {
  process.exitCode =
    settings.only === undefined
      ? await serve(settings, terminal)
      : await joinSystem(settings.only, settings, (line) => terminal.say(line));
} catch (error) {
  const isExpected = error instanceof CannotStart || error instanceof ServerUnusable;
  console.error(
    `cannot start: ${error instanceof Error ? ((isExpected ? undefined : error.stack) ?? error.message) : String(error)}`,
  );
  process.exitCode = 1;
}
process.exit();
