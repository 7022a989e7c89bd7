import { deviceIdOf } from '@managed-os/kernel';
import { TestAuthority, type TestIdentity } from './test-authority.js';
import { type How, signatureOf } from './test-signature.js';

export interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  /** Of the command it hands over, if it does. */
  readonly commandUuid: string | undefined;
  readonly requestType: string | undefined;
}

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n';
const TAIL = '\n</dict>\n</plist>\n';
export const REPORT_TYPE = 'application/x-apple-aspen-mdm; charset=UTF-8';

export const string = (key: string, value: string): string => `<key>${key}</key><string>${value}</string>`;

/** Who issues the certificates of the tests' Macs. */
export const authority = TestAuthority.root('Authority of the Macs');

/** A Mac of the tests: it says what it is told, in bodies written by hand from Apple's protocol. */
export class TestMac {
  readonly deviceId: string;
  /** In Base64, as the ingress passes it on. */
  certificate: string;
  identity: TestIdentity;
  serialNumber: string;
  /** How it signs its messages; without it, it shows its certificate. */
  signs: How | undefined;
  /** Of the push certificate that its profile names. */
  topic = 'com.apple.mgmt.External.1';

  constructor(
    private readonly url: () => string,
    readonly udid: string,
    readonly osVersion = '12.5',
  ) {
    this.deviceId = deviceIdOf(udid);
    this.serialNumber = `S-${udid}`;
    this.identity = authority.issue({ name: udid });
    this.certificate = this.identity.certificate.raw.toString('base64');
  }

  /** From now on it shows this one. */
  become(identity: TestIdentity): void {
    this.identity = identity;
    this.certificate = identity.certificate.raw.toString('base64');
  }

  async put(path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const response = await fetch(`${this.url()}${path}`, {
      method: 'PUT',
      headers: { ...this.proof(body), ...headers },
      body: body as Uint8Array<ArrayBuffer> | string,
    });
    const text = await response.text();
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text,
      commandUuid: /<key>CommandUUID<\/key><string>([^<]+)/.exec(text)?.[1],
      requestType: /<key>RequestType<\/key><string>([^<]+)/.exec(text)?.[1],
    };
  }

  private proof(body: string | Uint8Array): Readonly<Record<string, string>> {
    if (!this.signs) return { 'client-cert': `:${this.certificate}:` };
    return { 'mdm-signature': signatureOf(Buffer.from(body), this.identity, this.signs).toString('base64') };
  }

  checkin(type: string, keys = ''): Promise<Reply> {
    const body = `${HEAD}${string('MessageType', type)}${string('UDID', this.udid)}${string('Topic', this.topic)}${keys}${TAIL}`;
    return this.put('/mdm/checkin', body, { 'content-type': 'application/x-apple-aspen-mdm-checkin' });
  }

  authenticate(keys = ''): Promise<Reply> {
    const about = {
      DeviceName: 'lab-mac',
      Model: 'Mac14,2',
      ProductName: 'Mac14,2',
      OSVersion: this.osVersion,
      BuildVersion: '21G72',
      SerialNumber: this.serialNumber,
    };
    return this.checkin(
      'Authenticate',
      Object.entries(about)
        .map(([key, value]) => string(key, value))
        .join('') + keys,
    );
  }

  tokenUpdate(magic = `magic-${this.udid}`, keys = ''): Promise<Reply> {
    return this.checkin(
      'TokenUpdate',
      `${string('PushMagic', magic)}<key>Token</key><data>${Buffer.from(`token-${this.udid}`).toString('base64')}</data>${keys}`,
    );
  }

  /** Enrolls, and answers the first questions, so that nothing is open but what the test asks for. */
  async enroll(): Promise<void> {
    await this.authenticate();
    await this.tokenUpdate();
    await this.answerAll();
  }

  /** Connects with nothing to report. */
  idle(keys = ''): Promise<Reply> {
    return this.connect('Idle', undefined, keys);
  }

  connect(status: string, commandUuid?: string, keys = ''): Promise<Reply> {
    return this.put('/mdm/connect', this.report(status, commandUuid, keys), { 'content-type': REPORT_TYPE });
  }

  /** The body of a connect. */
  report(status: string, commandUuid?: string, keys = ''): string {
    const command = commandUuid === undefined ? '' : string('CommandUUID', commandUuid);
    return `${HEAD}${string('UDID', this.udid)}${string('Status', status)}${command}${keys}${TAIL}`;
  }

  acknowledge(commandUuid: string | undefined, keys = ''): Promise<Reply> {
    return this.connect('Acknowledged', commandUuid ?? 'none', keys);
  }

  /** Asks for something about declarations, or reports what `status` says, as JSON or as it is. */
  declarative(endpoint: string, status?: unknown, keys = ''): Promise<Reply> {
    const json = typeof status === 'string' ? status : JSON.stringify(status);
    const data = status === undefined ? '' : `<key>Data</key><data>${Buffer.from(json).toString('base64')}</data>`;
    return this.checkin('DeclarativeManagement', `${string('Endpoint', endpoint)}${data}${keys}`);
  }

  /** Says what it can be sent: what a supervised Mac of macOS 15 says, or fewer types of configurations. */
  reportCapabilities(configurations: readonly string[] = CONFIGURATIONS, items: readonly string[] = ITEMS) {
    const declarations = { activations: ['com.apple.activation.simple'], assets: [], configurations, management: [] };
    const capabilities = {
      'supported-versions': ['1.0.0'],
      'supported-payloads': { declarations, 'status-items': items },
      'supported-features': {},
    };
    return this.declarative('status', {
      StatusItems: { management: { 'client-capabilities': capabilities } },
      Errors: [],
    });
  }

  /** Answers DeviceInformation, SecurityInfo and DeclarativeManagement until there is nothing more; the first other command is returned. */
  async answerAll(osVersion = this.osVersion): Promise<Reply> {
    let reply = await this.idle();
    for (;;) {
      const keys = this.answers(osVersion)[reply.requestType ?? ''];
      if (keys === undefined) return reply;
      reply = await this.acknowledge(reply.commandUuid, keys);
    }
  }

  private answers(osVersion: string): Readonly<Record<string, string>> {
    return { DeviceInformation: this.information(osVersion), SecurityInfo: securityInfo, DeclarativeManagement: '' };
  }

  information(osVersion = this.osVersion): string {
    return `<key>QueryResponses</key><dict>${string('OSVersion', osVersion)}${string('BuildVersion', '21G72')}${string('DeviceName', 'lab-mac')}${string('ProductName', 'Mac14,2')}${string('SoftwareUpdateDeviceID', 'J413AP')}<key>IsSupervised</key><true/><key>IsAppleSilicon</key><true/></dict>`;
  }
}

export const securityInfo = `<key>SecurityInfo</key><dict>${string('BootstrapTokenAllowedForAuthentication', 'allowed')}</dict>`;

export const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';
export const SUBSCRIPTIONS = 'com.apple.configuration.management.status-subscriptions';
const CONFIGURATIONS = [SUBSCRIPTIONS, ENFORCEMENT, 'com.apple.configuration.softwareupdate.settings'];
const ITEMS = ['device.operating-system.version', 'softwareupdate.install-state', 'softwareupdate.failure-reason'];
