import { objectAt, textsAt } from '../json/read.js';
import { type Status, statusItem, statusObject } from './status.js';

/** What a Mac says that it can be told and asked; it reports changes by itself, after an update for one. */
export interface ClientCapabilities {
  /** Of the protocol. */
  readonly versions: readonly string[];
  /** Types of declarations of all four kinds. */
  readonly declarations: readonly string[];
  readonly statusItems: readonly string[];
  /** Names of optional features of the protocol. */
  readonly features: readonly string[];
}

const ITEM = 'management.client-capabilities';

/** `undefined` until the Mac has reported any. */
export const clientCapabilities = (status: Status): ClientCapabilities | undefined => {
  if (statusItem(status, ITEM) === undefined) return undefined;
  const said = statusObject(status, ITEM);
  const payloads = objectAt(said, 'supported-payloads');
  const declarations = objectAt(payloads, 'declarations');
  return {
    versions: textsAt(said, 'supported-versions'),
    declarations: Object.keys(declarations).flatMap((kind) => textsAt(declarations, kind)),
    statusItems: textsAt(payloads, 'status-items'),
    features: Object.keys(objectAt(said, 'supported-features')),
  };
};
