export { envelopeOf } from './envelope-of.js';
