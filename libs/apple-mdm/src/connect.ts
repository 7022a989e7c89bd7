import { parsePlist } from './plist/parse.js';
import { dictsAt, needText, numberAt, optionalText, rootDict, textAt } from './plist/read.js';
import { type Parsed, parsing } from './plist/refusal.js';
import type { PlistDict } from './plist/value.js';
import { type Sender, senderOf } from './sender.js';

/** One error of an `ErrorChain`, first the one on top: diagnostics that Apple may change between releases; never branch on them. */
export interface ChainedError {
  readonly code: number;
  readonly domain: string;
  readonly description: string;
}

/** What a Mac says when it connects. */
export interface ConnectReport {
  /** Apple's word: Idle, Acknowledged, Error, CommandFormatError, NotNow; open. */
  readonly status: string;
  readonly sender: Sender;
  /** Absent with Idle; a Mac that could not read a command may not know its id either. */
  readonly commandUuid?: string;
  readonly errors: readonly ChainedError[];
  /** The whole report, result keys and unknown ones included. */
  readonly keys: PlistDict;
}

export const parseConnect = (body: Uint8Array): Parsed<ConnectReport> => {
  const plist = parsePlist(body);
  return plist.ok ? parsing(() => reportOf(rootDict(plist.value))) : plist;
};

const reportOf = (keys: PlistDict): ConnectReport => {
  const commandUuid = optionalText(keys, 'CommandUUID') || undefined;
  return {
    status: needText(keys, 'Status'),
    sender: senderOf(keys),
    ...(commandUuid !== undefined && { commandUuid }),
    errors: errorChain(keys),
    keys,
  };
};

/** The `ErrorChain` of a report or of one of its items, in English where the Mac gives it. */
export const errorChain = (from: PlistDict): readonly ChainedError[] =>
  dictsAt(from, 'ErrorChain').map((error) => ({
    code: numberAt(error, 'ErrorCode') ?? 0,
    domain: textAt(error, 'ErrorDomain') ?? '',
    description: textAt(error, 'USEnglishDescription') ?? textAt(error, 'LocalizedDescription') ?? '',
  }));
