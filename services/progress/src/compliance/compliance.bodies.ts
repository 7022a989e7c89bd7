import { ApiProperty } from '@nestjs/swagger';

export class ComplianceCounts {
  @ApiProperty({ type: Number, description: 'Enrolled Macs; those that left are not counted.' })
  readonly devices!: number;

  @ApiProperty({ type: Number, description: 'Seen at or above what is required.' })
  readonly compliant!: number;

  @ApiProperty({ type: Number, description: 'Below what is required: due, blocked or incompatible.' })
  readonly owed!: number;

  @ApiProperty({ type: Number, description: 'Below what is required, and the deadline has passed.' })
  readonly overdue!: number;

  @ApiProperty({ type: Number, description: 'Silent, or nothing is known of them.' })
  readonly unknown!: number;

  @ApiProperty({ type: Number })
  readonly notManaged!: number;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' }, example: { compliant: 3, due: 1 } })
  readonly byStatus!: Readonly<Record<string, number>>;
}

export class BlueprintCompliance extends ComplianceCounts {
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Null: not evaluated yet.' })
  readonly blueprintId!: string | null;
}

export class ComplianceAnswer extends ComplianceCounts {
  @ApiProperty({ type: [BlueprintCompliance] })
  readonly items!: readonly BlueprintCompliance[];
}
