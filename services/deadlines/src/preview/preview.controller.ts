import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Clock } from '@managed-os/kernel';
import { changeDigest, CLOCK, CONFIG, Parse, Problem, Role, signPreview } from '@managed-os/service-host';
import type { DeadlinesConfig } from '../config.js';
import { StatesBehind } from '../obligations/read-states.js';
import type { Impact } from './impact.js';
import { PreviewAnswer, PreviewBody } from './preview.bodies.js';
import { Previews } from './previews.js';
import { readChange } from './read-change.js';

@ApiTags('deadlines')
@ApiBearerAuth()
@Controller('api/deadlines/preview')
export class PreviewController {
  constructor(
    @Inject(Previews) private readonly previews: Previews,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: DeadlinesConfig,
  ) {}

  /** What an unsaved change would do to which Macs, and the token with which it can be saved (X4). */
  @Post()
  @HttpCode(200)
  @Role('admin')
  @ApiBody({ type: PreviewBody })
  @ApiOkResponse({ type: PreviewAnswer })
  async preview(@Body(new Parse(PreviewBody)) body: PreviewBody): Promise<PreviewAnswer> {
    const { change, unsaved, revision } = readChange(body);
    const { now, summary, impacts } = await this.previews.of(change).catch((error: unknown) => {
      if (!(error instanceof StatesBehind)) throw error;
      throw new Problem(503, 'preview-not-ready', 'What the Macs owe is still being read: ask again in a moment.');
    });
    const { affected, large } = summary;
    const token = signPreview(this.config.PREVIEW_KEY, {
      change: changeDigest(unsaved),
      ...(revision !== undefined && { revision }),
      affected,
      large,
      at: this.clock.real.now(),
    });
    return { now, ...summary, token, items: impacts.toSorted(byEffects).slice(0, body.limit) };
  }
}

const byEffects = (a: Impact, b: Impact): number => b.effects.length - a.effects.length;
