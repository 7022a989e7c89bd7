import {
  type Command,
  isAvailable,
  knowsProductVersion,
  lastingQueriesFor,
  queriesFor,
  type SyncTokens,
} from '@managed-os/apple-mdm';
import type { QueuedCommand } from '../tables.js';

type Asked = Pick<QueuedCommand, 'kind' | 'product_key' | 'product_version' | 'install_action'>;

/**
 * The command for a Mac of this version. `undefined`: a Mac of this version does not have it, or cannot be told which
 * update is meant, and must not be sent it. `tokens`: of the Mac's declarations as they are now.
 */
export const commandFor = (asked: Asked, osVersion: string | undefined, tokens?: SyncTokens): Command | undefined => {
  const command = build(asked, osVersion, tokens);
  return command && isAvailable(command.requestType, osVersion) ? command : undefined;
};

const build = (asked: Asked, osVersion: string | undefined, tokens: SyncTokens | undefined): Command | undefined => {
  switch (asked.kind) {
    case 'scan':
      return { requestType: 'ScheduleOSUpdateScan', force: true };
    case 'available':
      return { requestType: 'AvailableOSUpdates' };
    case 'download':
      return scheduleUpdate(asked, 'DownloadOnly', osVersion);
    case 'install':
      return scheduleUpdate(asked, 'InstallASAP', osVersion);
    case 'watch_status':
      return { requestType: 'OSUpdateStatus' };
    case 'declarations':
      return tokens && { requestType: 'DeclarativeManagement', tokens };
    case 'daily_security':
      return { requestType: 'SecurityInfo' };
    case 'inventory':
      return {
        requestType: 'DeviceInformation',
        queries: isAfterUpdate(asked) ? lastingQueriesFor(osVersion) : queriesFor(osVersion),
      };
    case 'daily_inventory':
    case 'watch_inventory':
      return { requestType: 'DeviceInformation', queries: lastingQueriesFor(osVersion) };
  }
};

/** It names the update that the Mac may be running by then. */
const isAfterUpdate = ({ product_key, product_version }: Asked): boolean =>
  product_key !== null || product_version !== null;

const scheduleUpdate = (asked: Asked, action: string, osVersion: string | undefined): Command | undefined => {
  const installAction = asked.install_action ?? action;
  if (asked.product_key !== null) {
    return { requestType: 'ScheduleOSUpdate', updates: [{ productKey: asked.product_key, installAction }] };
  }
  if (asked.product_version === null || !knowsProductVersion(osVersion)) return undefined;
  return { requestType: 'ScheduleOSUpdate', updates: [{ productVersion: asked.product_version, installAction }] };
};
