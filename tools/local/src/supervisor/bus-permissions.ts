import { blueprints, type Context, deadlines, devices, library, releases, updates } from '@managed-os/contracts';
import { natsPermissions } from '@managed-os/event-bus';
import type { ServiceName } from '../ingress/routes.js';
import type { PermissionsOf } from './infrastructure.js';

const OWNED: Readonly<Record<ServiceName, Context>> = {
  library,
  blueprints,
  releases,
  deadlines,
  progress: updates,
  dispatcher: devices,
};

export const permissionsOf: PermissionsOf = (service) => natsPermissions(service, OWNED[service]);
