export { compileContract } from './compile-contract.js';
export { envelopeOf } from './envelope-of.js';
