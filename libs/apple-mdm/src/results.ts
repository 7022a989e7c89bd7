import { present } from '@managed-os/kernel';
import { type ChainedError, errorChain } from './connect.js';
import { dictAt, dictsAt, flagAt, needDict, needDicts, numberAt, textAt } from './plist/read.js';
import { type Parsed, parsing } from './plist/refusal.js';
import type { PlistDict } from './plist/value.js';

export interface SecurityInfo {
  /** Apple's word: allowed, disallowed, not supported. Never a boolean. */
  readonly bootstrapTokenAllowedForAuthentication?: string;
  readonly bootstrapTokenRequiredForSoftwareUpdate?: boolean;
  readonly enrolledViaDep?: boolean;
  readonly userApprovedEnrollment?: boolean;
}

/** An item of `AvailableOSUpdates`, as far as macOS has it. */
export interface AvailableUpdate {
  readonly productKey: string;
  readonly version: string;
  readonly build?: string;
  readonly name?: string;
  readonly majorOsUpdate: boolean;
  readonly configDataUpdate: boolean;
  readonly firmwareUpdate: boolean;
  readonly requiresBootstrapToken: boolean;
  readonly securityResponse: boolean;
  readonly downloadSize?: number;
}

/** An item of `UpdateResults`: it may hold an error although the command was acknowledged. */
export interface UpdateResult {
  readonly productKey: string;
  readonly installAction: string;
  readonly status: string;
  readonly errors: readonly ChainedError[];
}

/** An item of `OSUpdateStatus`. */
export interface UpdateStatus {
  readonly productKey: string;
  readonly isDownloaded: boolean;
  /** 0 to 1. */
  readonly percentComplete: number;
  readonly status: string;
}

export const securityInfo = (keys: PlistDict): Parsed<SecurityInfo> =>
  parsing(() => {
    const said = needDict(keys, 'SecurityInfo');
    const status = dictAt(said, 'ManagementStatus');
    return present({
      bootstrapTokenAllowedForAuthentication: textAt(said, 'BootstrapTokenAllowedForAuthentication'),
      bootstrapTokenRequiredForSoftwareUpdate: flagAt(said, 'BootstrapTokenRequiredForSoftwareUpdate'),
      enrolledViaDep: flagAt(status, 'EnrolledViaDEP'),
      userApprovedEnrollment: flagAt(status, 'UserApprovedEnrollment'),
    });
  });

/** `undefined` when the Mac does not say. */
export const scanInitiated = (keys: PlistDict): boolean | undefined => flagAt(keys, 'ScanInitiated');

export const availableUpdates = (keys: PlistDict): Parsed<readonly AvailableUpdate[]> =>
  parsing(() =>
    needDicts(keys, 'AvailableOSUpdates').map((item) => ({
      productKey: textAt(item, 'ProductKey') ?? '',
      version: textAt(item, 'Version') ?? '',
      ...present({
        build: textAt(item, 'Build'),
        name: textAt(item, 'HumanReadableName'),
        downloadSize: numberAt(item, 'DownloadSize'),
      }),
      majorOsUpdate: flagAt(item, 'IsMajorOSUpdate') ?? false,
      configDataUpdate: flagAt(item, 'IsConfigDataUpdate') ?? false,
      firmwareUpdate: flagAt(item, 'IsFirmwareUpdate') ?? false,
      requiresBootstrapToken: flagAt(item, 'RequiresBootstrapToken') ?? false,
      securityResponse: flagAt(item, 'IsSecurityResponse') ?? false,
    })),
  );

/** Empty when the Mac does not say, as with a command that it merely took note of. */
export const updateResults = (keys: PlistDict): readonly UpdateResult[] =>
  dictsAt(keys, 'UpdateResults').map((item) => ({
    productKey: textAt(item, 'ProductKey') ?? '',
    installAction: textAt(item, 'InstallAction') ?? '',
    status: textAt(item, 'Status') ?? '',
    errors: errorChain(item),
  }));

/** An empty array says that nothing is in progress; a missing one says nothing and is refused. */
export const updateStatuses = (keys: PlistDict): Parsed<readonly UpdateStatus[]> =>
  parsing(() =>
    needDicts(keys, 'OSUpdateStatus').map((item) => ({
      productKey: textAt(item, 'ProductKey') ?? '',
      isDownloaded: flagAt(item, 'IsDownloaded') ?? false,
      percentComplete: Math.min(1, Math.max(0, numberAt(item, 'DownloadPercentComplete') ?? 0)),
      status: textAt(item, 'Status') ?? '',
    })),
  );
