import { expect, it } from '@jest/globals';
import { undoAll } from './undo.js';

it('a stop that fails leaves no other part running, and is told', async () => {
  const stopped: string[] = [];
  const steps = [
    () => void stopped.push('nats'),
    async () => {
      await Promise.resolve();
      throw new Error('the clock is broken');
    },
    () => void stopped.push('fleet'),
  ];
  await expect(undoAll(steps)).rejects.toThrow('the clock is broken');
  expect(stopped).toEqual(['fleet', 'nats']);
});
