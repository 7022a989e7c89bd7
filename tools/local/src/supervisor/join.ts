import { spawn } from 'node:child_process';
import type { Settings } from '../config.js';
import { freePort } from '../infra/processes.js';
import { real } from '../infra/real-time.js';
import type { ServiceName } from '../ingress/routes.js';
import { commandLine } from './node-part.js';
import { CannotStart, StateFolder } from './state-folder.js';

const LOOK_EVERY = 500;

/**
 * One more process of a service beside the supervised one, in the foreground; the one port leads to it while it lives.
 * Ends with its system; resolves with its exit code. Throws `CannotStart` when no system runs on the state folder.
 */
export const joinSystem = async (
  service: ServiceName,
  settings: Settings,
  said: (line: string) => void,
): Promise<number> => {
  const folder = new StateFolder(settings.stateDir);
  const system = folder.system;
  if (system === undefined) throw new CannotStart(`no system runs on ${folder.path}: start one with npm start`);
  const port = await freePort();
  const child = spawn(process.execPath, commandLine(settings.root, `services/${service}/src/main.ts`), {
    cwd: settings.root,
    stdio: 'inherit',
    env: { ...settings.environment, ...system.environments[service], PORT: String(port) },
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  said(`${service} joins the system at ${system.address}, process ${child.pid}, port ${port}`);
  await fetch(`${system.control}/replicas/${service}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ port, pid: child.pid }),
  });
  void follow(() => folder.system?.pid === system.pid, ended).then((isOrphan) => {
    if (!isOrphan) return;
    said(`the system ended, and ${service} with it`);
    child.kill('SIGTERM');
  });
  return ended;
};

/** True as soon as the system is gone, false when the process ended before it. */
const follow = async (isSystemThere: () => boolean, ended: Promise<number>): Promise<boolean> => {
  const over = new AbortController();
  const end = (): void => over.abort();
  void ended.then(end, end);
  while (!over.signal.aborted) {
    if (!isSystemThere()) return true;
    await real.sleep(LOOK_EVERY, over.signal);
  }
  return false;
};
