import { ApiProperty } from '@nestjs/swagger';

export class FailureAnswer {
  @ApiProperty({ type: String, example: 'no_space', description: 'As the taxonomy names it today.' })
  readonly cause!: string;

  @ApiProperty({ type: String, enum: ['user', 'admin', 'apple', 'us'] })
  readonly whoActs!: string;

  @ApiProperty({ type: String, description: 'What is to be done, in one sentence.' })
  readonly remedy!: string;

  @ApiProperty({ type: String, example: 'update', description: 'What failed.' })
  readonly kind!: string;

  @ApiProperty({ type: String, description: 'Word for word what the Macs said; empty: they said nothing.' })
  readonly said!: string;

  @ApiProperty({ type: Number })
  readonly times!: number;

  @ApiProperty({ type: Number, description: 'How many Macs it happened to.' })
  readonly devices!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly firstAt!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly lastAt!: string;
}

export class FailuresAnswer {
  @ApiProperty({ type: Number, description: 'How often something failed for a cause that the taxonomy does not know.' })
  readonly unknown!: number;

  @ApiProperty({
    type: [FailureAnswer],
    description: 'Those without a name first, then by how many Macs; 1,000 at most.',
  })
  readonly items!: readonly FailureAnswer[];
}
