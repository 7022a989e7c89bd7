import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PERIODS } from '@managed-os/kernel';
import { Type } from 'class-transformer';
import {
  Validate,
  ValidateNested,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { type Enforcement, MODES } from './enforcement.js';
import { type Draft, faultOf, faultOfClock, type Field } from './enforcement.rules.js';

@ValidatorConstraint({ name: 'enforcement' })
class EnforcementRule implements ValidatorConstraintInterface {
  validate(_: unknown, at: ValidationArguments): boolean {
    return faultIn(at) === undefined;
  }

  defaultMessage(at: ValidationArguments): string {
    return faultIn(at) ?? '';
  }
}

const faultIn = ({ property, object }: ValidationArguments): string | undefined =>
  faultOf(property as Field | 'clock', object as Draft);

@ValidatorConstraint({ name: 'clock' })
class ClockRule implements ValidatorConstraintInterface {
  validate(_: unknown, at: ValidationArguments): boolean {
    return clockFaultIn(at) === undefined;
  }

  defaultMessage(at: ValidationArguments): string {
    return clockFaultIn(at) ?? '';
  }
}

const clockFaultIn = ({ property, object }: ValidationArguments): string | undefined =>
  faultOfClock(property as 'zone' | 'deviceLocal', object);

export class ClockBody {
  @ApiPropertyOptional({ type: String, example: 'America/New_York', description: 'The Enforcement Time Zone (IANA).' })
  @Validate(ClockRule)
  readonly zone?: string | null;

  @ApiPropertyOptional({ type: Boolean, description: 'Instead of a zone: each Mac’s own clock.' })
  @Validate(ClockRule)
  readonly deviceLocal?: boolean | null;
}

/** What an admin saves on the configuration page of an item. Which fields are needed depends on `mode`. */
export class EnforcementBody {
  @ApiProperty({ type: String, enum: MODES })
  @Validate(EnforcementRule)
  readonly mode!: (typeof MODES)[number];

  @ApiPropertyOptional({ type: String, enum: PERIODS, description: 'automatic: counted from Apple’s release date.' })
  @Validate(EnforcementRule)
  readonly window?: string | null;

  @ApiPropertyOptional({
    type: String,
    enum: PERIODS,
    description: 'automatic: a shorter window for releases that fix exploited vulnerabilities.',
  })
  @Validate(EnforcementRule)
  readonly exploitedWindow?: string | null;

  @ApiPropertyOptional({ type: String, example: '12.5.1', description: 'manual: the lowest version that is accepted.' })
  @Validate(EnforcementRule)
  readonly minimumVersion?: string | null;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'manual: the Enforcement Deadline.' })
  @Validate(EnforcementRule)
  readonly deadlineDate?: string | null;

  @ApiPropertyOptional({ type: String, example: '14:00', description: 'The Enforcement Time.' })
  @Validate(EnforcementRule)
  readonly time?: string | null;

  @ApiPropertyOptional({ type: ClockBody })
  @Validate(EnforcementRule)
  @ValidateNested({ message: 'clock must be {"zone": "…"} or {"deviceLocal": true}' })
  @Type(() => ClockBody)
  readonly clock?: ClockBody | null;
}

/** A checked body as events carry it. */
export const enforcementOf = ({
  mode,
  window,
  exploitedWindow,
  minimumVersion,
  deadlineDate,
  time,
  clock,
}: EnforcementBody): Enforcement => ({
  mode,
  ...(window != null && { window }),
  ...(exploitedWindow != null && { exploitedWindow }),
  ...(minimumVersion != null && { minimumVersion }),
  ...(deadlineDate != null && { deadlineDate }),
  ...(time != null && { time }),
  ...(clock?.zone != null && { zone: clock.zone }),
  deviceLocal: clock?.deviceLocal === true,
});

export class ClockAnswer {
  @ApiPropertyOptional({ type: String })
  readonly zone?: string | undefined;

  @ApiPropertyOptional({ type: Boolean })
  readonly deviceLocal?: true | undefined;
}

export class EnforcementAnswer {
  @ApiProperty({ type: String, enum: MODES })
  readonly mode!: string;

  @ApiPropertyOptional({ type: String, enum: PERIODS })
  readonly window?: string | undefined;

  @ApiPropertyOptional({ type: String, enum: PERIODS })
  readonly exploitedWindow?: string | undefined;

  @ApiPropertyOptional({ type: String })
  readonly minimumVersion?: string | undefined;

  @ApiPropertyOptional({ type: String, format: 'date' })
  readonly deadlineDate?: string | undefined;

  @ApiPropertyOptional({ type: String })
  readonly time?: string | undefined;

  @ApiPropertyOptional({ type: ClockAnswer })
  readonly clock?: ClockAnswer;
}
