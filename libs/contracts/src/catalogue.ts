import { type DescMessage, getOption } from '@bufbuild/protobuf';
import * as blueprintsPb from './gen/managedos/blueprints/v1/blueprints_pb.js';
import * as deadlinesPb from './gen/managedos/deadlines/v1/obligations_pb.js';
import * as devicesPb from './gen/managedos/devices/v1/devices_pb.js';
import { visibility, Visibility } from './gen/managedos/event/v1/event_pb.js';
import * as libraryPb from './gen/managedos/library/v1/items_pb.js';
import * as releasesPb from './gen/managedos/releases/v1/releases_pb.js';
import * as updatesPb from './gen/managedos/updates/v1/updates_pb.js';
import type { EventOf } from './plain.js';
import { upcasts } from './upcasts.js';

/** One context = one service = one event store = one JetStream stream. */
export interface Context<D extends DescMessage = DescMessage> {
  readonly name: string;
  readonly events: readonly D[];
}

export type EventsOf<C extends Context> = C extends Context<infer D> ? EventOf<D> : never;

const context = <const D extends readonly DescMessage[]>(name: string, ...events: D): Context<D[number]> => ({
  name,
  events,
});

export const library = context(
  'library',
  libraryPb.ItemAddedSchema,
  libraryPb.ItemRenamedSchema,
  libraryPb.EnforcementConfiguredSchema,
  libraryPb.ItemRemovedSchema,
  libraryPb.ReleaseWindowOverriddenSchema,
  libraryPb.ReleaseWindowRestoredSchema,
);

export const blueprints = context(
  'blueprints',
  blueprintsPb.BlueprintCreatedSchema,
  blueprintsPb.BlueprintRenamedSchema,
  blueprintsPb.BlueprintRemovedSchema,
  blueprintsPb.ItemAssignedSchema,
  blueprintsPb.ItemUnassignedSchema,
  blueprintsPb.DeviceMovedSchema,
);

export const releases = context(
  'releases',
  releasesPb.ReleaseAnnouncedSchema,
  releasesPb.ReleaseDevicesChangedSchema,
  releasesPb.ReleaseLeftPublicSchema,
  releasesPb.ReleaseLeftAllSchema,
  releasesPb.ReleaseReturnedSchema,
  releasesPb.FeedRefusedSchema,
  releasesPb.FeedChangedSchema,
  releasesPb.ReleaseProposedSchema,
  releasesPb.ProposalAcceptedSchema,
  releasesPb.ProposalQuarantinedSchema,
  releasesPb.ProposalRejectedSchema,
  releasesPb.ProposalWithdrawnSchema,
  releasesPb.ExploitedVulnerabilitiesListedSchema,
);

export const deadlines = context(
  'deadlines',
  deadlinesPb.ObligationOpenedSchema,
  deadlinesPb.ObligationClosedSchema,
  deadlinesPb.ObligationRescheduledSchema,
  deadlinesPb.PlanChangedSchema,
  deadlinesPb.TimerSetSchema,
  deadlinesPb.TimerCancelledSchema,
  deadlinesPb.NotifyFromReachedSchema,
  deadlinesPb.DeadlineReachedSchema,
  deadlinesPb.CountdownEndedSchema,
  deadlinesPb.ProposalAssessedSchema,
);

export const devices = context(
  'devices',
  devicesPb.DeviceEnrolledSchema,
  devicesPb.DeviceUnenrolledSchema,
  devicesPb.DeviceFactsChangedSchema,
  devicesPb.CommandSentSchema,
  devicesPb.CommandNotSentSchema,
  devicesPb.CommandDeferredSchema,
  devicesPb.CommandAnsweredSchema,
  devicesPb.WatchReportedSchema,
  devicesPb.WatchSilentSchema,
  devicesPb.WatchStoppedSchema,
  devicesPb.DeviceSilentSchema,
  devicesPb.DeviceHeardSchema,
  devicesPb.DeclarationOfferedSchema,
  devicesPb.DeclarationNotOfferedSchema,
  devicesPb.DeclarationFetchedSchema,
  devicesPb.DeclarationReportedSchema,
  devicesPb.UpdateStateReportedSchema,
  devicesPb.PushTokenRefusedSchema,
  devicesPb.PushCertificateExpiringSchema,
  devicesPb.PushCertificateRefusedSchema,
);

export const updates = context(
  'updates',
  updatesPb.StandingChangedSchema,
  updatesPb.DeviceWentSilentSchema,
  updatesPb.DeviceReturnedSchema,
  updatesPb.VersionObservedSchema,
  updatesPb.ZoneObservedSchema,
  updatesPb.AttemptOpenedSchema,
  updatesPb.PhaseReachedSchema,
  updatesPb.PromptImpossibleSchema,
  updatesPb.CommandRequestedSchema,
  updatesPb.CommandsWithdrawnSchema,
  updatesPb.WatchRequestedSchema,
  updatesPb.WatchClosedSchema,
  updatesPb.CandidateFoundSchema,
  updatesPb.CandidateMissingSchema,
  updatesPb.DownloadStartedSchema,
  updatesPb.DownloadObservedSchema,
  updatesPb.DownloadStalledSchema,
  updatesPb.UpdateCachedSchema,
  updatesPb.UpdatePresumedCachedSchema,
  updatesPb.InferenceWrongSchema,
  updatesPb.InstallRequestedSchema,
  updatesPb.InstallStartedSchema,
  updatesPb.InstallObservedSchema,
  updatesPb.RestartPresumedSchema,
  updatesPb.AttemptFailedSchema,
  updatesPb.DeclarationRequestedSchema,
  updatesPb.DeclarationWithdrawnSchema,
  updatesPb.DeclarationObservedSchema,
  updatesPb.UpdateStateObservedSchema,
  updatesPb.AttemptClosedSchema,
);

/** Every event in the version that may be written; older versions are in `upcasts.ts`. */
export const contexts = { library, blueprints, releases, deadlines, devices, updates } as const;

export type LibraryEvent = EventsOf<typeof library>;
export type BlueprintsEvent = EventsOf<typeof blueprints>;
export type ReleasesEvent = EventsOf<typeof releases>;
export type DeadlinesEvent = EventsOf<typeof deadlines>;
export type DevicesEvent = EventsOf<typeof devices>;
export type UpdatesEvent = EventsOf<typeof updates>;
/** Every event of the system. */
export type ManagedOsEvent =
  LibraryEvent | BlueprintsEvent | ReleasesEvent | DeadlinesEvent | DevicesEvent | UpdatesEvent;
/** One event of the system by its name: `Fact<'DeadlineReached'>`. */
export type Fact<N extends ManagedOsEvent['type']> = Extract<ManagedOsEvent, { type: N }>;

const all: readonly { readonly context: Context; readonly schema: DescMessage }[] = Object.values(contexts).flatMap(
  (owner: Context) => owner.events.map((schema) => ({ context: owner, schema })),
);
const known: readonly DescMessage[] = [...all.map(({ schema }) => schema), ...upcasts.map(({ from }) => from)];
const byType = new Map(known.map((schema) => [schema.typeName, schema]));
const byName = new Map(all.map((entry) => [entry.schema.name, entry]));

/** The schema of a full type, in whatever version, `managedos.deadlines.v1.DeadlineReached`; `undefined` when it is not known. */
export const schemaOfType = (type: string): DescMessage | undefined => byType.get(type);

/** Context and schema of an event's name. Throws for a name that is in no context: a programming error. */
export const entryOf = (name: string): { readonly context: Context; readonly schema: DescMessage } => {
  const entry = byName.get(name);
  if (!entry) throw new RangeError(`no event is called ${name}`);
  return entry;
};

const internal = new Set(known.filter((schema) => getOption(schema, visibility) === Visibility.INTERNAL));

/** Whether an event stays in its own store. */
export const isInternal = (schema: DescMessage): boolean => internal.has(schema);

/** Where an event is published: `mos.deadlines.<token>.deadline_reached`; `*` as token is the pattern for all of them. */
export const subjectOf = (name: ManagedOsEvent['type'], token = '*'): string => {
  const { schema } = entryOf(name);
  return subjectOfType(schema.typeName, token);
};

const snake = (name: string): string => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

const endsOf = (type: string): readonly [start: string, end: string] => [
  `mos.${type.split('.')[1]}`,
  snake(type.slice(type.lastIndexOf('.') + 1)),
];
const endsOfSubjects = new Map(known.map(({ typeName }) => [typeName, endsOf(typeName)]));

/** The same from a full type, `managedos.deadlines.v1.DeadlineReached`; also of a type that this version does not know. */
export const subjectOfType = (type: string, token: string): string => {
  const [start, end] = endsOfSubjects.get(type) ?? endsOf(type);
  return `${start}.${token}.${end}`;
};
