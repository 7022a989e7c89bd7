import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Operation, Operations } from '@managed-os/event-bus';
import { Role } from '../access.js';
import { Parse } from '../parse.js';
import { type OperationAnswer, OperationListAnswer } from './operations.bodies.js';
import { pageOf, PageQuery } from './paging.js';
import { OPERATIONS } from './tokens.js';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations')
export class OperationsController {
  constructor(@Inject(OPERATIONS) private readonly operations: Operations) {}

  /** The audit: what operators asked of this store, the oldest first, and how it ended. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: OperationListAnswer })
  async list(@Query(new Parse(PageQuery)) { after, limit }: PageQuery): Promise<OperationListAnswer> {
    const operations = await this.operations.list(BigInt(after), limit + 1);
    return pageOf(operations.map(operationAnswer), limit, ({ operationId }) => operationId);
  }
}

const operationAnswer = ({ operationId, askedAt, because, end, ...asked }: Operation): OperationAnswer => ({
  ...asked,
  operationId: String(operationId),
  askedAt: askedAt.toISOString(),
  because: because ?? null,
  end: end ? { ...end, at: end.at.toISOString() } : null,
});
