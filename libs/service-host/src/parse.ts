import type { PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { type FieldError, Problem } from './problem.js';

/**
 * Parses a body, a query or the params of a route into a class with class-validator rules:
 * `@Body(new Parse(EnforcementBody))`, `@Param(new Parse(ItemParams))`. Unknown fields are refused.
 * Throws a 400 problem that names every field and the fix.
 */
export class Parse<T extends object> implements PipeTransform<unknown, T> {
  constructor(private readonly Class: new () => T) {}

  transform(value: unknown): T {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Problem(400, 'invalid-request', 'A JSON object is expected.');
    }
    const parsed = plainToInstance(this.Class, value, { exposeDefaultValues: true });
    const errors = fieldErrors(
      validateSync(parsed, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true }),
    );
    if (errors.length > 0) throw new Problem(400, 'invalid-request', summary(errors), { errors });
    return parsed;
  }
}

const summary = (errors: readonly FieldError[]): string =>
  errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');

const fieldErrors = (errors: readonly ValidationError[], path = ''): readonly FieldError[] =>
  errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const pointer = `${path}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return [...Object.values(constraints).map((detail) => ({ pointer, detail })), ...fieldErrors(children, pointer)];
  });
