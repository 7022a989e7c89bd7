import { dict, type PlistDict, type PlistValue } from '../plist/value.js';
import { writePlist } from '../plist/write.js';
import { accessBits, type AccessRights } from './access-rights.js';
import { type Identity, identityPayload } from './identity.js';

/** Where a Mac finds its server, and what the server may do. Later profiles of an enrolled Mac may not change it. */
export interface MdmSettings {
  readonly uuid: string;
  /** https, for commands and, unless there is another one, for check-ins. */
  readonly serverUrl: string;
  readonly checkInUrl?: string;
  /** Of the push certificate: `com.apple.mgmt.…`. */
  readonly topic: string;
  readonly accessRights: AccessRights;
  /** Each message carries a signature, for servers that do not see the certificate of the connection. */
  readonly signMessage: boolean;
  /** Whether the user of a Mac enrolled by hand is told how to allow the bootstrap token; of an ADE Mac it always is. */
  readonly promptForBootstrapToken: boolean;
}

/** A certificate in DER that the Mac shall know. */
export interface CertificatePayload {
  readonly uuid: string;
  readonly kind: 'root' | 'intermediate';
  readonly der: Uint8Array;
  readonly displayName: string;
  /** The server's chain has to hold it. */
  readonly pinned?: boolean;
}

export interface EnrollmentProfile {
  /** Reverse DNS; the payloads' own are made from it. The same one replaces a profile, another one is a second profile. */
  readonly identifier: string;
  readonly uuid: string;
  readonly displayName: string;
  readonly organization?: string;
  readonly description?: string;
  readonly mdm: MdmSettings;
  readonly identity: Identity;
  readonly certificates: readonly CertificatePayload[];
}

/** Users of macOS need connections of their own, and a Mac makes a bootstrap token only for a server that keeps it (trap 26). */
const SERVER_CAPABILITIES = ['com.apple.mdm.per-user-connections', 'com.apple.mdm.bootstraptoken'];

/**
 * The enrollment profile as a property list, not signed; the same input gives the same bytes (section 1.2). What a Mac
 * would refuse, or keep for good although it is wrong, throws `RangeError`: URLs without https, a topic that is none,
 * identifiers that are no UUID or come twice.
 */
export const writeEnrollmentProfile = (profile: EnrollmentProfile): string => {
  const { identity, certificates, mdm } = profile;
  checkUuids([profile.uuid, mdm.uuid, identity.uuid, ...certificates.map(({ uuid }) => uuid)]);
  const name = (part: string): string => `${profile.identifier}.${part}`;
  return writePlist(
    dict({
      ...common('Configuration', profile.identifier, profile.uuid, profile.displayName),
      PayloadOrganization: profile.organization,
      PayloadDescription: profile.description,
      PayloadScope: 'System',
      PayloadContent: [
        ...certificates.map(({ uuid, kind, der, displayName }, index) =>
          dict({
            ...common(CERTIFICATES[kind], name(`certificate.${index + 1}`), uuid, displayName),
            PayloadContent: der,
          }),
        ),
        identityOf(identity, name('identity')),
        dict({ ...common('com.apple.mdm', name('mdm'), mdm.uuid, 'Device Management'), ...mdmKeys(profile) }),
      ],
    }),
  );
};

const CERTIFICATES = { root: 'com.apple.security.root', intermediate: 'com.apple.security.pkcs1' } as const;

const common = (type: string, identifier: string, uuid: string, displayName: string): Record<string, PlistValue> => ({
  PayloadType: type,
  PayloadVersion: 1n,
  PayloadIdentifier: identifier,
  PayloadUUID: uuid,
  PayloadDisplayName: displayName,
});

const identityOf = (identity: Identity, identifier: string): PlistDict => {
  const { type, keys } = identityPayload(identity);
  return new Map([...dict(common(type, identifier, identity.uuid, 'Identity')), ...keys]);
};

const mdmKeys = ({ mdm, identity, certificates }: EnrollmentProfile): Record<string, PlistValue | undefined> => {
  const pins = certificates.filter(({ pinned }) => pinned).map(({ uuid }) => uuid);
  return {
    ServerURL: secure(mdm.serverUrl),
    CheckInURL: mdm.checkInUrl === undefined ? undefined : secure(mdm.checkInUrl),
    Topic: topicOf(mdm.topic),
    IdentityCertificateUUID: identity.uuid,
    AccessRights: accessBits(mdm.accessRights),
    ServerCapabilities: SERVER_CAPABILITIES,
    SignMessage: mdm.signMessage,
    CheckOutWhenRemoved: true,
    PromptUserToAllowBootstrapTokenForAuthentication: mdm.promptForBootstrapToken,
    ServerURLPinningCertificateUUIDs: pins.length > 0 ? pins : undefined,
    CheckInURLPinningCertificateUUIDs: pins.length > 0 ? pins : undefined,
  };
};

const secure = (url: string): string => {
  if (/^https:\/\/[^/]/.test(url)) return url;
  throw new RangeError(`a Mac talks to https URLs only: ${JSON.stringify(url)}`);
};

const topicOf = (topic: string): string => {
  if (/^com\.apple\.mgmt\../.test(topic)) return topic;
  throw new RangeError(`not the topic of an MDM push certificate: ${JSON.stringify(topic)}`);
};

const UUID = /^[0-9A-Za-z]{8}(-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}$/;

const checkUuids = (uuids: readonly string[]): void => {
  for (const uuid of uuids) if (!UUID.test(uuid)) throw new RangeError(`not a UUID: ${JSON.stringify(uuid)}`);
  if (new Set(uuids).size < uuids.length) throw new RangeError('every payload needs a UUID of its own');
};
