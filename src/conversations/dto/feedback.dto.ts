import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { BodyField } from '../../platform/input/index.js';
import { commonFields } from '../../platform/http/index.js';
import { IsMessageTime } from '../import/time.js';
import { type Feedback, type Rating, RATINGS } from '../messages/message.entity.js';

export const MAX_COMMENT_LENGTH = 1_000;

export class GiveFeedbackDto {
  @BodyField({ description: 'Whether the message was good.', example: 'down' })
  @IsIn(RATINGS)
  rating: Rating;

  @BodyField({ description: "Why, in the user's own words.", example: 'The hall is closed.' })
  @IsOptional()
  @IsString()
  @Length(1, MAX_COMMENT_LENGTH)
  comment?: string | null;
}

/** Feedback of a message that is imported. */
export class ImportedFeedbackDto extends GiveFeedbackDto {
  @BodyField({ description: 'When it was given. Without it, the time of the message.' })
  @IsOptional()
  @IsMessageTime()
  at?: string | null;
}

export class FeedbackDto implements Feedback {
  @ApiProperty({ enum: RATINGS, description: 'Whether the message was good.', example: 'down' })
  rating: Rating;
  @ApiProperty({ type: String, nullable: true, description: "Why, in the user's own words." })
  comment: string | null;
  @ApiProperty({ ...commonFields.createdAt, description: 'When it was given.' }) at: string;
}

/** `jsonb` orders keys by their length. */
export const toFeedbackDto = ({ rating, comment, at }: Feedback): FeedbackDto => ({
  rating,
  comment,
  at,
});
