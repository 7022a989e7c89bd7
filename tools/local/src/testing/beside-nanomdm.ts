import { webcrypto } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, connect, type Server } from 'node:net';
import { SharedClock } from '@managed-os/kernel';
import { parseFleet, startFleet } from '@managed-os/virtual-mac';
import * as x509 from '@peculiar/x509';
import { LocalAuthority } from '../authority/local-authority.js';
import type { Settings } from '../config.js';
import { TOPIC } from '../demo/staging.js';
import { freePort, launch } from '../infra/processes.js';
import { eventually } from '../infra/real-time.js';
import { readState } from '../infra/state-file.js';
import { permissionsOf } from '../supervisor/bus-permissions.js';
import { answers } from '../supervisor/node-part.js';
import type { SystemFile } from '../supervisor/state-folder.js';
import { startSystem, type System } from '../supervisor/system.js';

const [API_KEY, HMAC_KEY] = ['key-of-the-api', 'key-of-the-signatures'];
const READY_WITHIN = 60_000;
/** What the dispatcher is given otherwise; nothing is nothing. */
const DIRECT = { MDM_URL: '', ENROLLMENT_SECRET: '', ENROLLMENT_TOPIC: '', SCEP_URL: '', PUSH_URL: '' };

/** A whole system whose Macs are managed by a NanoMDM. */
export interface BesideNanomdm extends System {
  /** How often NanoMDM pushed. */
  pushes(): number;
}

/**
 * As `startSystem`, behind this binary of NanoMDM. Macs speak to it and are pushed to by it, with a push certificate of its
 * own; the proxy in its environment leads to a push service that stands in for Apple's. Nothing of it is changed.
 */
export const startBesideNanomdm = async (
  binary: string,
  settings: Settings,
  stopping: AbortSignal,
): Promise<BesideNanomdm> => {
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const undo of stops.splice(0).toReversed()) await undo();
  };
  let pushes = 0;
  let pushPort = 0;

  /** Answers the port. */
  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => server.close());
    return (server.address() as AddressInfo).port;
  };

  /** Answers the address of a proxy that knows no other server. */
  const startApns = async (authority: LocalAuthority): Promise<string> => {
    const { key, certificate: cert } = await authority.server([{ type: 'dns', value: 'api.push.apple.com' }]);
    const apns = createSecureServer({ key, cert, ca: authority.certificate, requestCert: true });
    apns.on('request', (request, response) => {
      pushes += 1;
      const onward = httpRequest({ port: pushPort, path: request.url, method: request.method }, (answer) => {
        response.writeHead(answer.statusCode ?? 500);
        answer.pipe(response);
      });
      onward.on('error', () => response.writeHead(503).end());
      request.pipe(onward);
    });
    const port = await listen(apns);
    const proxy = createServer().on('connect', (_, socket) => {
      const line = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(line).pipe(socket);
      });
      for (const end of [line, socket]) end.on('error', () => (line.destroy(), socket.destroy()));
    });
    return `http://127.0.0.1:${await listen(proxy)}`;
  };

  const startNanomdm = async (port: number, { address, folder }: System, proxy: string): Promise<void> => {
    const args = [
      ...['-listen', `127.0.0.1:${port}`, '-ca', folder.file('ca', 'ca.pem'), '-cert-header', 'Client-Cert'],
      ...['-storage', 'inmem', '-storage-dsn', 'unused', '-api', API_KEY],
      ...['-webhook-url', `${address}/nanomdm/webhook`, '-webhook-hmac-key', HMAC_KEY],
      ...['-dm', `${address}/nanomdm/declarations/`, '-dm-send-hmac-key', HMAC_KEY, '-dm-recv-hmac-key', HMAC_KEY],
    ];
    const nanomdm = await launch({
      ...{ command: binary, args, cwd: folder.path, logFile: folder.logFile('nanomdm') },
      env: { ...settings.environment, HTTPS_PROXY: proxy, SSL_CERT_FILE: folder.file('ca', 'ca.pem') },
    });
    stops.push(() => nanomdm.stop());
    const isThere = async () => (await answers(`http://127.0.0.1:${port}/version`, 'ok')) || undefined;
    if (!(await eventually(isThere, READY_WITHIN))) throw new Error(`${binary} does not answer`);
  };

  try {
    const port = await freePort();
    const nanomdm = {
      ...{ DISPATCHER_MODE: 'nanomdm', NANOMDM_URL: `http://127.0.0.1:${port}` },
      ...{ NANOMDM_API_KEY: API_KEY, NANOMDM_HMAC_KEY: HMAC_KEY },
    };
    const instead = { dispatcher: { ...DIRECT, ...nanomdm } };
    const system = await startSystem({ ...settings, instead }, permissionsOf, () => undefined, stopping);
    stops.push(() => system.stop());
    const authority = await LocalAuthority.open(system.folder.file('ca'));
    await startNanomdm(port, system, await startApns(authority));
    await uploadPushCertificate(port, authority);
    const server = `http://127.0.0.1:${await listen(frontOf(port))}`;
    const { control = '' } = readState<SystemFile>(system.folder.file('system.json')) ?? {};
    const clock = await SharedClock.connect(`${control}/clock`);
    stops.push(() => clock.close());
    return {
      ...system,
      pushes: () => pushes,
      async startFleet(fleetFile) {
        const fleet = await startFleet({
          ...{ fleet: parseFleet(readState(fleetFile)), server, ca: `${control}/ca`, clock },
          ...{ stateDir: system.folder.file('fleet'), pushPort: 0 },
        });
        pushPort = fleet.pushPort;
        stops.push(() => fleet.stop());
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** What an admin does first: NanoMDM gets a push certificate. */
const uploadPushCertificate = async (port: number, authority: LocalAuthority): Promise<void> => {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const asked = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=APSP:1, 0.9.2342.19200300.100.1.1=${TOPIC}`,
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const response = await fetch(`http://127.0.0.1:${port}/v1/pushcert`, {
    method: 'PUT',
    headers: { authorization: `Basic ${Buffer.from(`nanomdm:${API_KEY}`).toString('base64')}` },
    body: `${await authority.sign(asked.toString('pem'))}\n${key}`,
  });
  if (!response.ok) throw new Error(`NanoMDM takes no push certificate: ${await response.text()}`);
};

/** Macs have two addresses for what NanoMDM takes at one. */
const frontOf = (port: number): Server =>
  createServer((request, response) => {
    const { method, headers } = request;
    const onward = httpRequest({ port, path: '/mdm', method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
