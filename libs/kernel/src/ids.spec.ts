import { deviceIdOf, isUuid, RandomIds, reactionId } from './ids.js';

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

  it.each([
    ['018f0000-0000-7000-8000-00000000c0de', true],
    ['5A3C9A4E-6A44-5A0E-8A39-3F3A6C0F8F11', true],
    ['5a3c9a4e6a445a0e8a393f3a6c0f8f11', false],
    [' 5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11', false],
    ['', false],
  ])('of %j: a UUID is %j', (text, is) => expect(isUuid(text)).toBe(is));
});
