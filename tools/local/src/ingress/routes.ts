/** The services by the names of their processes. */
export const SERVICES = ['library', 'blueprints', 'releases', 'deadlines', 'progress', 'dispatcher'] as const;
export type ServiceName = (typeof SERVICES)[number];

const OPEN: readonly (readonly [prefix: string, service: ServiceName])[] = [
  ['/api/library', 'library'],
  ['/api/blueprints', 'blueprints'],
  ['/api/releases', 'releases'],
  ['/api/deadlines', 'deadlines'],
  ['/api/devices', 'progress'],
  ['/api/updates', 'progress'],
  ['/api/stores/library', 'library'],
  ['/api/stores/blueprints', 'blueprints'],
  ['/api/stores/releases', 'releases'],
  ['/api/stores/deadlines', 'deadlines'],
  ['/api/stores/updates', 'progress'],
  ['/api/stores/devices', 'dispatcher'],
  // Before it has a certificate a Mac, or its user, gets the profile here; who knows the code.
  ['/enroll', 'dispatcher'],
  // There with DISPATCHER_MODE=nanomdm; the bodies are signed.
  ['/nanomdm', 'dispatcher'],
];

const under = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);

/** Who answers this path for people and programs (plain HTTP); nobody gets to a Mac's door this way. */
export const apiRoute = (path: string): ServiceName | undefined => OPEN.find(([prefix]) => under(path, prefix))?.[1];

/** Who answers this path for a Mac that showed its certificate (TLS). */
export const macRoute = (path: string): ServiceName | undefined => (under(path, '/mdm') ? 'dispatcher' : undefined);
