import type { NewOperation, OperationKind } from '@managed-os/event-bus';
import type { RequestContext } from '../request-context.js';

/** An operation as its caller asks for it. */
export const asked = (
  kind: OperationKind,
  target: string,
  { cause }: RequestContext,
  because?: string,
): NewOperation => ({
  kind,
  target,
  askedBy: cause.actor,
  correlationId: cause.correlationId,
  ...(because !== undefined && { because }),
});
