import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { BodyField, CheckedBy, IsJsonObject, words } from '../../../platform/input/index.js';
import { MAX_CACHED_BYTES, MAX_TTL_SECONDS } from '../reply-cache.js';

/** Its example is what tests ask for, as the API document does. */
export const QUESTION = {
  description:
    'All that the model is asked with, as you send it: model, messages, tools and parameters. The same object finds the reply, in whatever order its keys are.',
  example: { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Where is the harbour?' }] },
};

/** Body of a look-up. */
export class LookUpReplyDto {
  @BodyField(QUESTION)
  @IsJsonObject()
  question: Record<string, unknown>;

  @BodyField({ description: 'Older replies are not found. Without it, age does not matter.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_TTL_SECONDS)
  maxAgeSeconds?: number | null;
}

/** Body of a reply to keep. */
export class KeepReplyDto {
  @BodyField(QUESTION)
  @IsJsonObject()
  question: Record<string, unknown>;

  @BodyField({
    description: `What the model answered, as the look-up is to give it. At most ${MAX_CACHED_BYTES.toLocaleString('en')} bytes of JSON.`,
    example: { content: 'Behind the station.' },
  })
  @IsJsonObject()
  @CheckedBy((reply) =>
    Buffer.byteLength(JSON.stringify(reply)) > MAX_CACHED_BYTES
      ? [{ pointer: '', message: words.maxJsonBytes(MAX_CACHED_BYTES) }]
      : [],
  )
  reply: Record<string, unknown>;

  @BodyField({
    default: MAX_TTL_SECONDS,
    description: 'Seconds for which it is kept, unless the cache is full before.',
    example: 3_600,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_TTL_SECONDS)
  ttlSeconds?: number | null;
}

export class LookedUpReplyDto {
  @ApiProperty({ description: 'Whether there is a reply.', example: true })
  hit: boolean;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The reply as it was kept; null without one.',
    example: { content: 'Behind the station.' },
  })
  reply: Record<string, unknown> | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Seconds since it was kept.',
    example: 12,
  })
  ageSeconds: number | null;
}
