import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MINUTE, Fixture, until } from '../testing/fixture.js';
import { declaring } from '../testing/declaring.js';
import { declarationsContract } from './declarations.contract.js';

declarationsContract(() => Fixture.start());

describe('a Mac that speaks to this server', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start();
  });
  afterAll(() => fixture.close());

  const { requested, declaredMac, openOf, pushesTo, told, tokensOf } = declaring(() => fixture);

  describe('the command that tells of declarations', () => {
    it('that the Mac puts off is pushed for again when the set changes (trap 2, trap 3)', async () => {
      const mac = await declaredMac();
      await requested(mac);
      await mac.connect('NotNow', (await mac.idle()).commandUuid);
      fixture.clock.advance(MINUTE);
      const before = pushesTo(mac);
      await requested(mac, { try: 2 });
      expect(await openOf(mac)).toMatchObject([{ state: 'deferred' }]);
      await until(() => pushesTo(mac) > before);
      expect(told((await mac.idle()).text)).toEqual(await tokensOf(mac));
    });
  });
});
