import { describe, expect, it } from '@jest/globals';
import { startTestInfra } from './test-infra.js';

describe('INFRA', () => {
  it('is refused in one line when it is neither local nor testcontainers', async () => {
    await expect(startTestInfra(() => undefined, { INFRA: 'docker' })).rejects.toMatchObject({
      code: 'server-unusable',
      message: 'INFRA is local or testcontainers, not docker',
    });
  });
});
