import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SharedClock } from '@managed-os/kernel';
import { parseFleet, startFleet } from '@managed-os/virtual-mac';
import * as x509 from '@peculiar/x509';
import { LocalAuthority } from './authority/local-authority.js';
import { readSettings } from './config.js';
import { runDemo } from './demo/demo.js';
import { at, type CastMac, type Scenario } from './demo/scenario.js';
import { TOPIC } from './demo/staging.js';
import { freePort, launch } from './infra/processes.js';
import { eventually } from './infra/real-time.js';
import { readState } from './infra/state-file.js';
import { answers } from './supervisor/node-part.js';
import { permissionsOf } from './supervisor/bus-permissions.js';
import { startSystem, type System } from './supervisor/system.js';
import { countsOf } from './testing/run-scenario.js';

const { NANOMDM_BIN } = process.env;
const MINUTES = 60_000;
const [API_KEY, HMAC_KEY] = ['key-of-the-api', 'key-of-the-signatures'];

const managed = (
  group: 'commands' | 'declarations',
  model: string,
  board: string,
  version: string,
  traits: CastMac['traits'] = {},
): CastMac => ({ group, model, board, version, zone: 'Europe/Berlin', traits });
const byDeadline = (minimumVersion: string): object => ({
  ...{ mode: 'manual', minimumVersion, deadlineDate: '2026-10-07', time: '10:00' },
  clock: { zone: 'Europe/Berlin' },
});
const group = (item: string, goal: string): Scenario['groups'][string] => ({
  ...{ blueprint: item, items: [item], ends: { goal, installs: [goal] } },
});
/** A Mac that is updated by commands, and one of each version that takes declarations. */
const BESIDE: Scenario = {
  name: 'beside-nanomdm',
  about: 'Macs that are managed by NanoMDM',
  beginning: at('2026-10-01T16:00:00Z'),
  end: at('2026-10-12T00:00:00Z'),
  releases: [
    { version: '13.7.8', build: '22H730', released: '2025-08-20T18:03:00Z', sizeMb: 1_000 },
    { version: '27.0.1', build: '26A434', released: '2026-09-28T17:00:00Z', sizeMb: 3_000 },
  ],
  builds: { '13.6': '22G120', '14.6.1': '23G93', '15.6': '24G84', '26.6.2': '25G83', '27.0': '26A428' },
  items: {
    macos13: { name: 'macOS 13.7.8', os: '13', enforcement: byDeadline('13.7.8') },
    macos27: { name: 'macOS 27.0.1', os: '27', enforcement: byDeadline('27.0.1') },
  },
  groups: { commands: group('macos13', '13.7.8'), declarations: group('macos27', '27.0.1') },
  cast: [
    managed('commands', 'Mac14,7', 'J493AP', '13.6'),
    managed('declarations', 'Mac14,2', 'J413AP', '14.6.1'),
    managed('declarations', 'MacBookAir10,1', 'J313AP', '15.6', { awake: { from: '08:00', to: '18:00' } }),
    managed('declarations', 'Mac15,12', 'J613AP', '26.6.2', {
      user: { shortName: 'anna', longName: 'Anna', channel: 'local' },
    }),
    managed('declarations', 'Mac16,1', 'J604AP', '27.0', {
      failures: [{ action: 'Enforcement', status: 'DownloadInsufficientNetwork', times: 1 }],
    }),
  ],
};

/**
 * The whole system behind a NanoMDM of its authors: Macs speak to it and are pushed to by it, through a push service that
 * stands in for Apple's; the proxy of its environment leads there, and nothing of it is changed.
 */
const besideNanomdm = (binary: string): void => {
  const state = mkdtempSync(path.join(tmpdir(), 'beside-nanomdm-'));
  const stops: (() => unknown)[] = [];
  const stopping = new AbortController();
  const pushes: string[] = [];
  let failed = true;

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    if (!failed) rmSync(state, { recursive: true, force: true });
  });

  /** Answers the port. */
  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => server.close());
    return (server.address() as AddressInfo).port;
  };

  /** Stands in for Apple's push service: passes on to the Macs. Answers the address of a proxy that knows no other server. */
  const startApns = async (authority: LocalAuthority, pushPort: () => number): Promise<string> => {
    const { key, certificate: cert } = await authority.server([{ type: 'dns', value: 'api.push.apple.com' }]);
    const apns = createSecureServer({ key, cert, ca: authority.certificate, requestCert: true });
    apns.on('request', (request, response) => {
      pushes.push(request.url);
      const onward = httpRequest({ port: pushPort(), path: request.url, method: request.method }, (answer) => {
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
      ...{ command: binary, args, cwd: state, logFile: folder.logFile('nanomdm') },
      env: { ...process.env, HTTPS_PROXY: proxy, SSL_CERT_FILE: folder.file('ca', 'ca.pem') },
    });
    stops.push(() => nanomdm.stop());
    await eventually(async () => (await answers(`http://127.0.0.1:${port}/version`, 'ok')) || undefined, MINUTES);
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
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining(TOPIC)]);
  };

  /** Macs have two addresses for what NanoMDM takes at one. */
  const startFront = async (port: number): Promise<string> => {
    const front = createServer((request, response) => {
      const { method, headers } = request;
      const onward = httpRequest({ port, path: '/mdm', method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    return `http://127.0.0.1:${await listen(front)}`;
  };

  it(
    'Macs arrive at the version that is wanted, each with one install',
    async () => {
      const port = await freePort();
      const nanomdm = {
        ...{ DISPATCHER_MODE: 'nanomdm', NANOMDM_URL: `http://127.0.0.1:${port}` },
        ...{ NANOMDM_API_KEY: API_KEY, NANOMDM_HMAC_KEY: HMAC_KEY },
      };
      const direct = ['MDM_URL', 'ENROLLMENT_SECRET', 'ENROLLMENT_TOPIC', 'SCEP_URL', 'PUSH_URL'];
      const settings = {
        ...{ ...readSettings(['--fresh', '--exit-when-done']), stateDir: state, port: 18_390 },
        ...{ isPortFixed: false, scenario: 'macos-27' },
        instead: { dispatcher: { ...Object.fromEntries(direct.map((name) => [name, ''])), ...nanomdm } },
      };
      const system = await startSystem(settings, permissionsOf, () => undefined, stopping.signal);
      stops.push(() => system.stop());
      const { control = '' } = readState<{ control: string }>(system.folder.file('system.json')) ?? {};
      const authority = await LocalAuthority.open(system.folder.file('ca'));
      let pushPort = 0;
      await startNanomdm(port, system, await startApns(authority, () => pushPort));
      await uploadPushCertificate(port, authority);
      const front = await startFront(port);
      const clock = await SharedClock.connect(`${control}/clock`);
      stops.push(() => clock.close());

      system.clock.jump(BESIDE.beginning);
      const said: string[] = [];
      const terminal = {
        ...{ isTty: false, columns: Infinity, paint: (text: string) => text },
        ...{ say: (line: string) => void said.push(line), show: () => undefined },
      };
      const comeIn = async (fleetFile: string): Promise<void> => {
        const fleet = await startFleet({
          ...{ fleet: parseFleet(readState(fleetFile)), server: front, ca: `${control}/ca`, clock },
          ...{ stateDir: system.folder.file('fleet'), pushPort: 0 },
        });
        pushPort = fleet.pushPort;
        stops.push(() => fleet.stop());
      };
      const played = { ...system, scenario: BESIDE, startFleet: comeIn };
      const code = await runDemo(played, settings, terminal, stopping.signal);
      if (code !== 0) console.error(said.join('\n'));
      expect(code).toBe(0);
      const counted = countsOf(state);
      expect(counted.map(({ history }) => history.map(({ version }) => version))).toEqual(
        BESIDE.cast.map(({ group: of }) => BESIDE.groups[of]?.ends.installs),
      );
      expect(counted.flatMap(({ defects }) => defects)).toEqual([]);
      // It was NanoMDM that woke them.
      expect(pushes.length).toBeGreaterThan(BESIDE.cast.length);
      failed = false;
    },
    10 * MINUTES,
  );
};

if (NANOMDM_BIN === undefined) {
  it.skip('beside NanoMDM: NANOMDM_BIN names no binary of it, so that no update was played through it', () =>
    undefined);
} else {
  describe('beside NanoMDM', () => besideNanomdm(NANOMDM_BIN));
}
