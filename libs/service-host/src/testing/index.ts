export { type Answer, startTestService, type TestService } from './test-service.js';
