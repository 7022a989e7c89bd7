import { IsOptional, IsString, Matches } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';

export class EnrollQuery {
  @ApiProperty({ type: String, description: 'ENROLLMENT_SECRET' })
  @IsString({ message: 'code must be the code that opens enrollment' })
  readonly code!: string;

  /** For authorities that issue per Mac. */
  @ApiProperty({ type: String, required: false })
  @IsOptional()
  @Matches(/^[A-Za-z0-9]{1,32}$/, { message: 'serial must be the serial number of the Mac' })
  readonly serial?: string;
}
