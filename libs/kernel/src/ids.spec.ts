import { deviceIdOf, RandomIds, reactionId } from './ids.js';

describe('ids', () => {
  it('repeats the id of a repeated reaction and tells different ones apart', () => {
    expect(reactionId('message', 'progress', 0)).toBe(reactionId('message', 'progress', 0));
    expect(reactionId('message', 'progress', 0)).not.toBe(reactionId('message', 'progress', 1));
    expect(reactionId('a', 'b')).not.toBe(reactionId('ab'));
  });

  it('names a Mac by its UDID, whatever its shape', () => {
    expect(deviceIdOf('00006020-000A1B2C3D4E001E')).toMatch(/^[0-9a-f-]{36}$/);
    expect(deviceIdOf('00006020-000A1B2C3D4E001E')).toBe(deviceIdOf('00006020-000A1B2C3D4E001E'));
  });

  it('makes later ids sort after earlier ones', () => {
    const ids = new RandomIds();
    const made = Array.from({ length: 100 }, () => ids.next());
    expect(made.toSorted()).toEqual(made);
  });
});
