import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Matches } from 'class-validator';
import { trimmed } from '../transforms.js';

/** Why an operator does what cannot be taken back; the audit keeps it. */
export class ReasonBody {
  @ApiProperty({
    type: String,
    minLength: 3,
    maxLength: 1_000,
    example: 'A Mac that was wiped: nothing of it is owed.',
  })
  @Transform(trimmed)
  // What PostgreSQL's text holds: no NUL and no half of a surrogate pair.
  @Matches(/^[^\0\p{Cs}]{3,1000}$/u, { message: 'reason must have 3 to 1000 characters' })
  readonly reason!: string;
}
