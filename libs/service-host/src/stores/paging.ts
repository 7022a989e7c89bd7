import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Matches, Max, Min } from 'class-validator';

/** Lists are read on from a number: positions and numbers of letters only grow. */
export class PageQuery {
  @ApiPropertyOptional({ type: String, default: '0', description: 'The `next` of the page before.' })
  @Matches(/^\d{1,18}$/, { message: 'after must be a whole number' })
  readonly after: string = '0';

  @ApiPropertyOptional({ type: Number, default: 100, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number' })
  @Min(1)
  @Max(1_000)
  readonly limit: number = 100;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A page of `limit` out of one more than that; `keyOf` says where the next one goes on. */
export const pageOf = <T>(rows: readonly T[], limit: number, keyOf: (last: T) => string): Page<T> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
};
