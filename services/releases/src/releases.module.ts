import { Module } from '@nestjs/common';
import { Announcer } from './announcing/announcer.js';
import { loadCatalogue } from './catalogue/catalogue.js';
import { ReleasesController } from './releases.controller.js';
import { CATALOGUE } from './tokens.js';

@Module({
  controllers: [ReleasesController],
  providers: [{ provide: CATALOGUE, useFactory: loadCatalogue }, Announcer],
})
export class ReleasesModule {}
