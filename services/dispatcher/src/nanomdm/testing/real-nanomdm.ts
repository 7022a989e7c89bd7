import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { authority } from '../../testing/test-mac.js';
import type { NanomdmFlags } from './fake-nanomdm.js';
import type { RunningNanomdm } from './nanomdm.contract.js';

/** Starts a NanoMDM that takes the Macs of the tests. Its storage is its memory. */
export const startNanomdm = async (binary: string, flags: NanomdmFlags): Promise<RunningNanomdm> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'managed-os-nanomdm-'));
  const ca = path.join(folder, 'ca.pem');
  await writeFile(ca, authority.certificate.toString());
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    binary,
    [
      ...['-listen', address, '-ca', ca, '-cert-header', 'Client-Cert', '-storage', 'inmem', '-storage-dsn', 'unused'],
      ...['-api', flags.apiKey, '-webhook-url', flags.webhookUrl(), '-webhook-hmac-key', flags.hmacKey],
      ...['-dm', flags.dmUrl(), '-dm-send-hmac-key', flags.hmacKey, '-dm-recv-hmac-key', flags.hmacKey],
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://${address}`;
  while (child.exitCode === null && !(await answers(url))) await new Promise((resolve) => setTimeout(resolve, 20));
  if (child.exitCode !== null) throw new Error(`${binary} ended with ${child.exitCode}`);
  return {
    url,
    async close() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
};

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/version`).then(
    ({ ok }) => ok,
    () => false,
  );

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
