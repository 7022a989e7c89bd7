export { automatically, byPolicy, catalogue, input, mac, release } from './inputs.js';
