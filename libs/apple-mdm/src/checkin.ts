import { parsePlist } from './plist/parse.js';
import { flagAt, needData, needText, optionalData, optionalText, rootDict } from './plist/read.js';
import { type Parsed, parsing, Refused } from './plist/refusal.js';
import type { PlistDict } from './plist/value.js';
import { type Sender, senderOf } from './sender.js';

interface Message<T extends string> {
  readonly type: T;
  readonly sender: Sender;
  /** The whole message, unknown keys included. */
  readonly keys: PlistDict;
}

/** A Mac wants to enroll, or to enroll again. */
export interface Authenticate extends Message<'Authenticate'> {
  readonly topic: string;
  readonly deviceName?: string;
  /** Apple's model identifier, `Mac14,2`: in `ProductName`, and usually in `Model` too. */
  readonly model?: string;
  readonly osVersion?: string;
  readonly buildVersion?: string;
  readonly serialNumber?: string;
}

/** How a channel is reached by push; for the device channel the end of its enrollment. */
export interface TokenUpdate extends Message<'TokenUpdate'> {
  readonly topic: string;
  readonly token: Uint8Array;
  readonly pushMagic: string;
  readonly awaitingConfiguration: boolean;
}

export type CheckOut = Message<'CheckOut'>;

/** No token means: delete the one that is stored. */
export interface SetBootstrapToken extends Message<'SetBootstrapToken'> {
  readonly bootstrapToken?: Uint8Array;
}

export type GetBootstrapToken = Message<'GetBootstrapToken'>;
export type UserAuthenticate = Message<'UserAuthenticate'>;

export interface DeclarativeManagement extends Message<'DeclarativeManagement'> {
  readonly endpoint: string;
  readonly data?: Uint8Array;
}

export type CheckinMessage =
  | Authenticate
  | TokenUpdate
  | CheckOut
  | SetBootstrapToken
  | GetBootstrapToken
  | UserAuthenticate
  | DeclarativeManagement;

/** The check-in message of a body. Unknown keys are kept; an unknown `MessageType` is refused as `unknown-message`. */
export const parseCheckin = (body: Uint8Array): Parsed<CheckinMessage> => {
  const plist = parsePlist(body);
  return plist.ok ? parsing(() => messageOf(rootDict(plist.value))) : plist;
};

const messageOf = (keys: PlistDict): CheckinMessage => {
  const type = needText(keys, 'MessageType');
  const common = { sender: senderOf(keys), keys };
  switch (type) {
    case 'Authenticate':
      return authenticate(common);
    case 'TokenUpdate':
      return {
        type,
        ...common,
        topic: needText(keys, 'Topic'),
        token: needData(keys, 'Token'),
        pushMagic: needText(keys, 'PushMagic'),
        awaitingConfiguration: flagAt(keys, 'AwaitingConfiguration') ?? false,
      };
    case 'SetBootstrapToken': {
      const token = optionalData(keys, 'BootstrapToken');
      return { type, ...common, ...(token !== undefined && token.length > 0 && { bootstrapToken: token }) };
    }
    case 'DeclarativeManagement': {
      const data = optionalData(keys, 'Data');
      return { type, ...common, endpoint: needText(keys, 'Endpoint'), ...(data && { data }) };
    }
    case 'CheckOut':
    case 'GetBootstrapToken':
    case 'UserAuthenticate':
      return { type, ...common };
    default:
      throw new Refused({ code: 'unknown-message', path: '/MessageType', detail: 'not a message this server knows' });
  }
};

const authenticate = (common: { readonly sender: Sender; readonly keys: PlistDict }): Authenticate => {
  const known = (key: string): string | undefined => optionalText(common.keys, key) || undefined;
  const [deviceName, osVersion] = [known('DeviceName'), known('OSVersion')];
  const [buildVersion, serialNumber] = [known('BuildVersion'), known('SerialNumber')];
  const model = known('ProductName') ?? known('Model');
  return {
    type: 'Authenticate',
    ...common,
    topic: needText(common.keys, 'Topic'),
    ...(deviceName !== undefined && { deviceName }),
    ...(model !== undefined && { model }),
    ...(osVersion !== undefined && { osVersion }),
    ...(buildVersion !== undefined && { buildVersion }),
    ...(serialNumber !== undefined && { serialNumber }),
  };
};
