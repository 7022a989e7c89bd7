import { Module } from '@nestjs/common';
import { EVENT_STORE } from '@managed-os/service-host';
import { ItemsController } from './items/items.controller.js';
import { itemsIn } from './items/items.js';
import { ITEMS } from './tokens.js';

@Module({
  controllers: [ItemsController],
  providers: [{ provide: ITEMS, useFactory: itemsIn, inject: [EVENT_STORE] }],
})
export class LibraryModule {}
