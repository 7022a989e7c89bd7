import { type SyncTokens, writeTokens } from './declarations/sync.js';
import { writePlist } from './plist/write.js';
import { dict, type PlistDict } from './plist/value.js';

/** One update of ScheduleOSUpdate, named by its key or, from macOS 12 on, by its version. */
export interface ScheduledUpdate {
  readonly productKey?: string;
  readonly productVersion?: string;
  /** Apple's word: DownloadOnly, InstallASAP, … */
  readonly installAction: string;
}

/** A command as this server thinks of it. */
export type Command =
  | { readonly requestType: 'DeviceInformation'; readonly queries: readonly string[] }
  | { readonly requestType: 'SecurityInfo' }
  | { readonly requestType: 'ScheduleOSUpdateScan'; readonly force: boolean }
  | { readonly requestType: 'AvailableOSUpdates' }
  | { readonly requestType: 'ScheduleOSUpdate'; readonly updates: readonly ScheduledUpdate[] }
  | { readonly requestType: 'OSUpdateStatus' }
  /** Turns declarations on, once and for all, and says what the set is now; without tokens the Mac asks for them. */
  | { readonly requestType: 'DeclarativeManagement'; readonly tokens?: SyncTokens };

/** The document that hands a command to a Mac, in the keys of Apple's schema. */
export const writeCommand = (commandUuid: string, command: Command): string =>
  writePlist(dict({ CommandUUID: commandUuid, Command: commandDict(command) }));

const commandDict = (command: Command): PlistDict => {
  const { requestType } = command;
  switch (requestType) {
    case 'DeviceInformation':
      return dict({ RequestType: requestType, Queries: command.queries });
    case 'ScheduleOSUpdateScan':
      return dict({ RequestType: requestType, Force: command.force });
    case 'ScheduleOSUpdate':
      return dict({ RequestType: requestType, Updates: command.updates.map(updateDict) });
    case 'DeclarativeManagement':
      return dict({ RequestType: requestType, Data: command.tokens && utf8(writeTokens(command.tokens)) });
    case 'SecurityInfo':
    case 'AvailableOSUpdates':
    case 'OSUpdateStatus':
      return dict({ RequestType: requestType });
  }
};

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const updateDict = (update: ScheduledUpdate): PlistDict =>
  dict({
    ProductKey: update.productKey,
    ProductVersion: update.productKey === undefined ? update.productVersion : undefined,
    InstallAction: update.installAction,
  });

/** The answer to GetBootstrapToken; without a token the key is absent. */
export const writeBootstrapToken = (token: Uint8Array | undefined): string =>
  writePlist(dict({ BootstrapToken: token }));
