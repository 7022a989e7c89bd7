import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type Envelope, type Fact, subjectOf } from '@managed-os/contracts';
import { done, type Settlement } from '@managed-os/event-bus';
import { Releases } from './releases.js';

/** Keeps what `releases` says of the builds that a Mac may be sent to at its enrollment. */
@Controller()
export class ReleasesConsumer {
  constructor(@Inject(Releases) private readonly releases: Releases) {}

  @EventPattern<string>(subjectOf('ReleaseAnnounced'))
  async onReleaseAnnounced(@Payload() { data }: Envelope<Fact<'ReleaseAnnounced'>>): Promise<Settlement> {
    await this.releases.announced(data);
    return done;
  }

  @EventPattern<string>(subjectOf('ReleaseDevicesChanged'))
  async onReleaseDevicesChanged(@Payload() { data }: Envelope<Fact<'ReleaseDevicesChanged'>>): Promise<Settlement> {
    await this.releases.devicesChanged(data);
    return done;
  }

  @EventPattern<string>(subjectOf('ReleaseLeftPublic'))
  async onReleaseLeftPublic(@Payload() { data }: Envelope<Fact<'ReleaseLeftPublic'>>): Promise<Settlement> {
    await this.releases.left(data, 'public');
    return done;
  }

  @EventPattern<string>(subjectOf('ReleaseLeftAll'))
  async onReleaseLeftAll(@Payload() { data }: Envelope<Fact<'ReleaseLeftAll'>>): Promise<Settlement> {
    await this.releases.left(data, 'all');
    return done;
  }
}
