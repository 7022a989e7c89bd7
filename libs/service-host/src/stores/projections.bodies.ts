import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Matches } from 'class-validator';

export class ProjectionParams {
  @ApiProperty({ type: String, example: 'device_state' })
  @Matches(/^[a-z][a-z0-9_]{0,62}$/, { message: 'name must be the name of a projection' })
  readonly name!: string;
}

export class ProjectionFailureAnswer {
  @ApiProperty({ type: String, description: 'The event that holds it.' })
  readonly position!: string;

  @ApiProperty({ type: String, example: 'managedos.updates.v1.PhaseReached' })
  readonly eventType!: string;

  @ApiProperty({ type: String })
  readonly message!: string;

  @ApiProperty({ type: Number, description: 'How often it was tried in a row.' })
  readonly times!: number;
}

export class RebuildAnswer {
  @ApiProperty({ type: String })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'device_state' })
  readonly projection!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly askedAt!: string;

  @ApiProperty({ type: String, example: 'user:5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11' })
  readonly askedBy!: string;

  @ApiProperty({ type: String, enum: ['asked', 'running', 'done', 'failed'] })
  readonly state!: string;

  @ApiProperty({ type: String, description: 'How far it is …' })
  readonly position!: string;

  @ApiProperty({ type: String, description: '… in a log that ended here then.' })
  readonly head!: string;

  @ApiProperty({ type: String, description: 'Entries of the log that it has folded.' })
  readonly events!: string;

  @ApiPropertyOptional({ type: String, format: 'date-time' })
  readonly startedAt?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time' })
  readonly endedAt?: string;

  @ApiPropertyOptional({ type: String, description: 'Why it failed, or is tried again.' })
  readonly detail?: string;
}

export class ProjectionAnswer {
  @ApiProperty({ type: String, example: 'device_state' })
  readonly name!: string;

  @ApiProperty({ type: Number, description: 'Of the rows as they stand.' })
  readonly version!: number;

  @ApiProperty({ type: String, enum: ['following', 'rebuilding', 'failing', 'not-started'] })
  readonly state!: string;

  @ApiProperty({ type: String, description: 'How far it has read …' })
  readonly position!: string;

  @ApiProperty({ type: String, description: '… in a log that ends here.' })
  readonly head!: string;

  @ApiProperty({ type: [String], description: 'The tables that it writes.' })
  readonly tables!: readonly string[];

  @ApiProperty({ type: ProjectionFailureAnswer, nullable: true })
  readonly failure!: ProjectionFailureAnswer | null;

  @ApiProperty({ type: RebuildAnswer, nullable: true, description: 'The last one.' })
  readonly rebuild!: RebuildAnswer | null;
}

export class ProjectionListAnswer {
  @ApiProperty({ type: [ProjectionAnswer] })
  readonly items!: readonly ProjectionAnswer[];
}
