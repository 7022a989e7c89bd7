import type { LogEntry } from './event-store.js';
import type { Pipeline } from './pipeline.js';
import type { Projection } from './projection.js';

/** An event cannot be folded: nothing of it was kept, and the projection stays before it until that succeeds. */
export class ProjectionFailed extends Error {
  override readonly name = 'ProjectionFailed';
  readonly code = 'projection-failed';

  constructor(
    readonly projection: string,
    readonly position: bigint,
    readonly eventType: string,
    options: ErrorOptions,
  ) {
    super(`projection ${projection} failed at position ${position} (${eventType})`, options);
  }
}

/**
 * Writes what the entries mean for a read model, in their order, in the transaction that the caller began. The first that
 * cannot be folded is a `ProjectionFailed`: thrown when its handler throws, and of the pipeline when its statement is refused.
 */
export const fold = async (pipeline: Pipeline, projection: Projection, entries: readonly LogEntry[]): Promise<void> => {
  const handled = entries.flatMap((entry) => {
    const handler = handlerOf(projection, entry);
    return handler === undefined || handler === 'ignored' ? [] : [{ ...entry, handler }];
  });
  if (handled.length === 0) return;
  const found = await projection.lookUp?.(
    handled.map(({ envelope }) => envelope),
    pipeline.db,
  );
  const blameOn =
    ({ position, envelope }: LogEntry) =>
    (cause: unknown): Error =>
      new ProjectionFailed(projection.name, position, envelope.type, { cause });
  for (const entry of handled) {
    const { handler, envelope } = entry;
    const blame = blameOn(entry);
    try {
      const answer = handler(envelope.data as never, pipeline.db, envelope as never, found as never);
      const written = answer instanceof Promise ? await answer : answer;
      if (written === undefined) continue;
      for (const statement of Array.isArray(written) ? written : [written]) pipeline.write(statement, blame);
    } catch (cause) {
      await pipeline.settle(); // an entry before it may have failed first
      throw blame(cause);
    }
  }
  // What many events left together is the last one's to answer for, until each is tried alone.
  const blame = blameOn(handled[handled.length - 1] as LogEntry);
  for (const statement of projection.writeBack?.(found as never, pipeline.db) ?? []) pipeline.write(statement, blame);
};

const handlerOf = (projection: Projection, { envelope, inbox }: LogEntry) => {
  const handlers = inbox === undefined ? projection.handlers : projection.inbox?.handlers;
  const name = envelope.data.type;
  return handlers && Object.hasOwn(handlers, name) ? handlers[name] : undefined;
};
