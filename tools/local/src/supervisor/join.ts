import { spawn } from 'node:child_process';
import type { Settings } from '../config.js';
import { freePort } from '../infra/processes.js';
import type { ServiceName } from '../ingress/routes.js';
import { commandLine } from './node-part.js';
import { CannotStart, StateFolder } from './state-folder.js';

/**
 * One more process of a service beside the supervised one, in the foreground; the one port leads to it while it lives.
 * Resolves with its exit code. Throws `CannotStart` when no system runs on the state folder.
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
  return ended;
};
