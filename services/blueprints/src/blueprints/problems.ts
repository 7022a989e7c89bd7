import type { BlueprintsEvent } from '@managed-os/contracts';
import type { Handled } from '@managed-os/event-store';
import { Problem } from '@managed-os/service-host';
import type { BlueprintRejection } from './blueprint.decider.js';

type Facts = Readonly<Record<string, unknown>>;

const problems: Record<BlueprintRejection, (facts: Facts) => Problem> = {
  'no-such-blueprint': () => new Problem(404, 'no-such-blueprint', 'There is no such Blueprint.'),
  'blueprint-is-built-in': () =>
    new Problem(409, 'blueprint-is-built-in', 'Unassigned is built in: it cannot be renamed, removed or given items.'),
  'name-taken': (facts) =>
    new Problem(409, 'name-taken', `Another Blueprint is called ${String(facts['name'])}.`, {
      errors: [{ pointer: '/name', detail: 'choose a name that no other Blueprint has' }],
    }),
  'blueprint-not-empty': (facts) =>
    new Problem(409, 'blueprint-not-empty', `Move its ${String(facts['devices'])} Macs elsewhere first.`, facts),
};

export const noSuchBlueprint = (): Problem => problems['no-such-blueprint']({});

/** Throws the problem that a rejection is to whoever asked over HTTP. */
export const accepted = (handled: Handled<BlueprintsEvent, BlueprintRejection>): void => {
  if (handled.kind === 'rejected') throw problems[handled.reason](handled.facts);
};
