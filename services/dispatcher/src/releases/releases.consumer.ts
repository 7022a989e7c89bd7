import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type Envelope, type Fact, subjectOf } from '@managed-os/contracts';
import { done, type Settlement } from '@managed-os/event-bus';
import { StaleSets } from '../declarations/stale-sets.js';
import { Releases } from './releases.js';

/** Keeps what `releases` says of the builds that Macs may be sent to. A version that is gone, or is there again, changes sets. */
@Controller()
export class ReleasesConsumer {
  constructor(
    @Inject(Releases) private readonly releases: Releases,
    @Inject(StaleSets) private readonly sets: StaleSets,
  ) {}

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
    await this.sets.ofVersion(data.version);
    return done;
  }

  @EventPattern<string>(subjectOf('ReleaseReturned'))
  async onReleaseReturned(@Payload() { data }: Envelope<Fact<'ReleaseReturned'>>): Promise<Settlement> {
    await this.releases.returned(data, data.to === 'public' ? 'public' : 'all');
    await this.sets.ofVersion(data.version);
    return done;
  }
}
