import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';
import { Parse } from './parse.js';
import { Problem } from './problem.js';

class Clock {
  @IsString({ message: 'zone must be the name of an IANA time zone' })
  zone!: string;
}

class Body {
  @IsIn(['automatic', 'manual'])
  mode!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Clock)
  clock?: Clock;
}

const refusal = (value: unknown): Problem => {
  try {
    new Parse(Body).transform(value);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('parsing at the door', () => {
  it('gives an object of the class', () => expect(new Parse(Body).transform({ mode: 'manual' })).toBeInstanceOf(Body));

  it('names each wrong field, nested ones by their pointer', () =>
    expect(refusal({ mode: 'never', clock: { zone: 7 } })).toMatchObject({
      status: 400,
      code: 'invalid-request',
      facts: {
        errors: [
          { pointer: '/mode', detail: 'mode must be one of the following values: automatic, manual' },
          { pointer: '/clock/zone', detail: 'zone must be the name of an IANA time zone' },
        ],
      },
    }));

  it('refuses fields that nobody asked for', () =>
    expect(refusal({ mode: 'manual', force: true }).facts.errors).toEqual([
      { pointer: '/force', detail: 'property force should not exist' },
    ]));

  it.each([undefined, null, 'text', 7, []])('refuses %j as a body', (value) => expect(refusal(value).status).toBe(400));
});
