import createBinary from 'bplist-creator';
import { isArray, isData, isDict, dict, type PlistDict, type PlistValue } from '../plist/value.js';
import { writePlist } from '../plist/write.js';
import { enforcedReport, firstReport, reportBody } from './status-samples.js';

const messages: readonly PlistDict[] = [
  dict({ MessageType: 'Authenticate', Topic: 'com.apple.mgmt.x', UDID: 'U', DeviceName: 'Ä & B', OSVersion: '12.5' }),
  dict({
    MessageType: 'TokenUpdate',
    Topic: 't',
    UDID: 'U',
    PushMagic: 'P',
    Token: Uint8Array.of(1, 2),
    AwaitingConfiguration: false,
  }),
  dict({
    MessageType: 'DeclarativeManagement',
    UDID: 'U',
    Endpoint: 'declaration/configuration/a/b',
    Data: reportBody({ softwareupdate: { 'install-state': 'prepared' } }),
  }),
  dict({
    Status: 'Acknowledged',
    CommandUUID: 'c',
    UDID: 'U',
    AvailableOSUpdates: [dict({ ProductKey: 'k', Version: '12.6', DownloadSize: 7n, IsMajorOSUpdate: true })],
    OSUpdateStatus: [
      dict({ ProductKey: 'k', DownloadPercentComplete: 0.5, Status: 'Downloading', IsDownloaded: false }),
    ],
    UpdateResults: [dict({ ProductKey: 'k', Status: 'Idle', ErrorChain: [dict({ ErrorCode: 1n })] })],
    QueryResponses: dict({
      OSVersion: '12.5',
      IsSupervised: true,
      DeviceCapacity: 494.38,
      SupplementalOSVersionExtra: '(a)',
    }),
    SecurityInfo: dict({ ManagementStatus: dict({ EnrolledViaDEP: true }) }),
  }),
  dict({
    UDID: 'U',
    SERIAL: 'C02',
    PRODUCT: 'Mac14,2',
    VERSION: '25G72',
    OS_VERSION: '26.6',
    SUPPLEMENTAL_OS_VERSION_EXTRA: '(a)',
    MDM_CAN_REQUEST_SOFTWARE_UPDATE: true,
  }),
];

/** As the library that writes binary property lists wants it. */
const plainOf = (value: PlistValue): unknown => {
  if (typeof value === 'bigint') return Number(value);
  if (isData(value)) return Buffer.from(value);
  if (isDict(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plainOf(item)]));
  return isArray(value) ? value.map(plainOf) : value;
};

const apps = [
  { identifier: 'one', state: 'managed' },
  { identifier: 'two', _removed: true },
];
const error = { StatusItem: 'mdm.app', Reasons: [{ Code: 'Error.Unknown', Details: { a: 1 } }] };

/** What Macs send, each property list in both formats. */
export const bodies: readonly Uint8Array[] = [
  ...messages.flatMap((message) => [
    new TextEncoder().encode(writePlist(message)),
    createBinary(plainOf(message) as Parameters<typeof createBinary>[0]),
  ]),
  reportBody(firstReport, { Errors: [], FullReport: true }),
  reportBody(enforcedReport),
  reportBody({ mdm: { app: apps } }, { Errors: [error] }),
];
