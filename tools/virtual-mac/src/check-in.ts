import { addressOf, bootstrapTokenOf, userAddressOf, userIdOf } from './chance.js';
import type { Mac } from './fleet.js';
import { type Dict, encode } from './plist.js';
import type { MacState } from './state.js';

const message = (mac: Mac, messageType: string, keys: Dict): string =>
  encode({ MessageType: messageType, UDID: mac.udid, ...keys });

export const authenticate = (mac: Mac, state: MacState): string =>
  message(mac, 'Authenticate', {
    Topic: mac.topic,
    DeviceName: mac.name,
    Model: mac.model,
    ModelName: mac.modelName,
    ProductName: mac.model,
    OSVersion: state.osVersion,
    BuildVersion: state.osBuild,
    SerialNumber: mac.serial,
  });

export const tokenUpdate = (mac: Mac): string =>
  message(mac, 'TokenUpdate', {
    Topic: mac.topic,
    Token: addressOf(mac).token,
    PushMagic: addressOf(mac).magic,
    AwaitingConfiguration: false,
  });

export const setBootstrapToken = (mac: Mac): string =>
  message(mac, 'SetBootstrapToken', { BootstrapToken: bootstrapTokenOf(mac), AwaitingConfiguration: false });

export const getBootstrapToken = (mac: Mac): string => message(mac, 'GetBootstrapToken', {});

/** A question about declarations, or a status report. */
export const declarativeManagement = (mac: Mac, endpoint: string, data?: string): string =>
  message(mac, 'DeclarativeManagement', {
    Endpoint: endpoint,
    ...(data === undefined ? {} : { Data: Buffer.from(data) }),
  });

export const checkOut = (mac: Mac): string => message(mac, 'CheckOut', { Topic: mac.topic });

/** Who speaks on the user channel. */
export const userKeys = (mac: Mac): Dict => ({
  UserID: userIdOf(mac),
  UserShortName: mac.user.shortName,
  UserLongName: mac.user.longName,
});

export const userAuthenticate = (mac: Mac): string => message(mac, 'UserAuthenticate', userKeys(mac));

export const userTokenUpdate = (mac: Mac): string =>
  message(mac, 'TokenUpdate', {
    Topic: mac.topic,
    Token: userAddressOf(mac).token,
    PushMagic: userAddressOf(mac).magic,
    NotOnConsole: false,
    ...userKeys(mac),
  });
