export {
  blueprints,
  type BlueprintsEvent,
  type Context,
  contexts,
  deadlines,
  type DeadlinesEvent,
  devices,
  type DevicesEvent,
  entryOf,
  type EventsOf,
  type Fact,
  isInternal,
  library,
  type LibraryEvent,
  type ManagedOsEvent,
  releases,
  type ReleasesEvent,
  schemaOfType,
  subjectOf,
  subjectOfType,
  updates,
  type UpdatesEvent,
} from './catalogue.js';
export { type Codec, codec, createCodec, decodeEvent, type Decoded, encodeEvent } from './codec.js';
export { type Envelope, parseStream, tokenOf } from './envelope.js';
export { InvalidEvent, UnknownVersion, UnreadableEvent } from './errors.js';
export type { AnyEvent, EventOf, Plain } from './plain.js';
export { type Upcast, upcast } from './upcasts.js';
