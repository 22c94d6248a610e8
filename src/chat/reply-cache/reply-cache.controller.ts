import { Body, Controller, HttpCode, Post, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { Answer, Operation } from '../../platform/http/index.js';
import { BodyValidationPipe } from '../../platform/input/index.js';
import { KeepReplyDto, LookedUpReplyDto, LookUpReplyDto } from './dto/reply-cache.dto.js';
import { MAX_TTL_SECONDS, ReplyCache } from './reply-cache.js';

/** Replies of models that the application calls itself. */
@ApiTags('turns')
@AccessibleBy('user')
@Controller('v1/reply-cache')
export class ReplyCacheController {
  constructor(
    private readonly replies: ReplyCache,
    private readonly database: ScopedDatabase,
  ) {}

  @Operation({
    summary: 'Look up the reply to a question',
    description:
      'Finds what was kept for exactly this question of the user. Nothing of before an erasure of the user is found.',
  })
  @BodyLimit('large')
  @Post('lookup')
  @HttpCode(200)
  @ApiOkResponse({ type: LookedUpReplyDto })
  async lookUp(
    @Body(BodyValidationPipe) { question, maxAgeSeconds }: LookUpReplyDto,
  ): Promise<Answer<LookedUpReplyDto>> {
    const address = await this.addressOf(question);
    const found = await this.replies.find<Record<string, unknown>>(address, maxAgeSeconds ?? null);
    if (!found)
      return new Answer(
        { hit: false, reply: null, ageSeconds: null },
        { headers: { 'cache-status': 'threadkeep; fwd=miss' } },
      );
    const { reply, ageSeconds } = found;
    return new Answer(
      { hit: true, reply, ageSeconds },
      { headers: { 'cache-status': 'threadkeep; hit', age: String(ageSeconds) } },
    );
  }

  @Operation({
    summary: 'Keep the reply to a question',
    description:
      'Takes the place of one that was kept for it. A user has room for 256 replies; a new one may take the place of another.',
  })
  @BodyLimit('large')
  @Put()
  @HttpCode(204)
  @ApiNoContentResponse()
  async keep(
    @Body(BodyValidationPipe) { question, reply, ttlSeconds }: KeepReplyDto,
  ): Promise<void> {
    // Nothing is cached of a user who does not exist yet.
    await this.database.settle();
    await this.replies.keep(await this.addressOf(question), reply, ttlSeconds ?? MAX_TTL_SECONDS);
  }

  private async addressOf(question: Record<string, unknown>) {
    const mark = await this.replies.erasureMark();
    return this.replies.address('application', question, mark);
  }
}
