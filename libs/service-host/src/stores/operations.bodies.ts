import { ApiProperty } from '@nestjs/swagger';
import { OPERATION_KINDS, OPERATION_OUTCOMES } from '@managed-os/event-bus';

export class OperationEndAnswer {
  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: String, enum: OPERATION_OUTCOMES })
  readonly outcome!: string;

  @ApiProperty({ type: String })
  readonly detail!: string;
}

export class OperationAnswer {
  @ApiProperty({ type: String, example: '3' })
  readonly operationId!: string;

  @ApiProperty({ type: String, enum: OPERATION_KINDS })
  readonly kind!: string;

  @ApiProperty({ type: String, example: 'dead-letters/17', description: 'What it is done to, below this store.' })
  readonly target!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly askedAt!: string;

  @ApiProperty({ type: String, example: 'user:5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11' })
  readonly askedBy!: string;

  @ApiProperty({ type: String, nullable: true, description: 'The reason that was given.' })
  readonly because!: string | null;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly correlationId!: string;

  @ApiProperty({
    type: OperationEndAnswer,
    nullable: true,
    description: 'Null while it is at work, and for ever when its process died on the way.',
  })
  readonly end!: OperationEndAnswer | null;
}

export class OperationListAnswer {
  @ApiProperty({ type: [OperationAnswer] })
  readonly items!: readonly OperationAnswer[];

  @ApiProperty({ type: String, nullable: true, description: 'Give it as `after` for the next page.' })
  readonly next!: string | null;
}
