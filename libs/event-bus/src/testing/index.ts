export { delivered } from './delivered.js';
export { startTestNats, type TestNats, type TestUser } from './nats-server.js';
