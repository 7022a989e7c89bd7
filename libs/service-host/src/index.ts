export { MacDoor, Role, type RoleName } from './access.js';
export { createService } from './create-service.js';
export { Health } from './health.js';
export { host } from './host.js';
export { createLogger, type Logger } from './logger.js';
export { Loops } from './loops.js';
export { Parse } from './parse.js';
export {
  changeDigest,
  PREVIEW_CONFIRM,
  PREVIEW_TOKEN,
  type Presented,
  PreviewConfig,
  type PreviewClaims,
  requirePreview,
  signPreview,
  type UnsavedChange,
} from './preview-token.js';
export { type FieldError, Problem } from './problem.js';
export { etag, IfMatch, PreviewOfSave, RequestContext } from './request-context.js';
export { InvalidConfig, parseConfig, ServiceConfig } from './service-config.js';
export type { RunningService, ServiceDefinition } from './service-definition.js';
export { BUS, CLOCK, CONFIG, DATABASE, EVENT_STORE, HEALTH, IDS, LOGGER, LOOPS } from './tokens.js';
export { asVersion, lowerCase, NAME, NAME_HINT, trimmed } from './transforms.js';
export type { Bus } from './bus.js';
