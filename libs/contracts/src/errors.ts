/** A producer made an event that breaks its own contract: a bug of ours, found before anything is stored. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  readonly code = 'invalid-event';

  constructor(
    readonly eventType: string,
    readonly violations: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`${eventType}: ${violations.join('; ')}`, options);
  }
}

/** A stored or received event that is not of its type's shape. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
  readonly code = 'unreadable-event';

  constructor(
    readonly eventType: string,
    options?: ErrorOptions,
  ) {
    super(`cannot read an event of type ${eventType}`, options);
  }
}

/** A known event in a version of tomorrow: an older replica must not act on it, a newer one can. */
export class UnknownVersion extends Error {
  override readonly name = 'UnknownVersion';
  readonly code = 'unknown-version';

  constructor(readonly eventType: string) {
    super(`${eventType} is a newer version of an event than this one knows`);
  }
}
