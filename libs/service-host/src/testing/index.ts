export { previewHeaders, TEST_PREVIEW_KEY } from './preview-headers.js';
export { mac, reach, type Reached, reachedService } from './reached-service.js';
export { startTestIssuer, type TestIssuer } from './test-issuer.js';
export { type Answer, startTestService, type TestService } from './test-service.js';
