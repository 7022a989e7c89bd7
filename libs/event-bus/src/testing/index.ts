export { delivered } from './delivered.js';
export { type Neighbours, openNeighbours } from './neighbours.js';
export { startTestNats, type TestNats, type TestUser } from './nats-server.js';
