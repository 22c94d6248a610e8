import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  BodyField,
  CheckedBy,
  IsListOf,
  IsNested,
  IsOpaqueObject,
  MaxBytes,
} from '../../../platform/input/index.js';
import { CHECKPOINT_LIMITS } from '../checkpoint-limits.js';
import { channelsFaults, IsPackedData } from './checkpoint-checks.js';

const {
  channelLength,
  channels,
  idLength,
  namespaceBytes,
  taskPathLength,
  threadIdLength,
  typeLength,
} = CHECKPOINT_LIMITS;

const THREAD = { description: "The application's name of the thread.", example: 'trip-to-oslo' };
const NAMESPACE = {
  description: `Empty for the graph itself; the path of a graph inside of it. At most ${namespaceBytes} bytes.`,
  pattern: '^',
  examples: ['', 'research:1'],
  example: '',
};
const ID = {
  description: 'Id of the checkpoint. Later ones are greater, as texts.',
  example: '1ef4f797-8335-6428-8001-8a1503f9b875',
};
const TYPE = { description: 'The format of the bytes, for the client alone.', example: 'json' };
const DATA = { description: 'Bytes as base64, which the service does not read.', example: 'e30=' };
const CHANNEL = { description: 'The channel of the graph.', example: 'messages' };
const TASK = { description: 'Id of the task.', example: '4e1a2b3c' };

export class PackedDto {
  @BodyField(TYPE)
  @IsString()
  @Length(1, typeLength)
  type: string;
  @BodyField(DATA)
  @IsString()
  @IsPackedData()
  data: string;
}

export class NewChannelValueDto extends PackedDto {
  @BodyField(CHANNEL)
  @IsString()
  @Length(1, channelLength)
  channel: string;
  @BodyField({
    description: 'Its version. A version keeps its value. The type `empty` is no value.',
    example: '2',
  })
  @IsString()
  @Length(1, idLength)
  version: string;
}

export class CheckpointPlaceDto {
  @BodyField(THREAD)
  @IsString()
  @Length(1, threadIdLength)
  threadId: string;
  @BodyField(NAMESPACE)
  @IsString()
  @MaxLength(namespaceBytes)
  @MaxBytes(namespaceBytes)
  namespace: string;
  @BodyField(ID)
  @IsString()
  @Length(1, idLength)
  checkpointId: string;
}

export class PutCheckpointDto extends CheckpointPlaceDto {
  @BodyField({ description: 'Id of the checkpoint before.', example: null })
  @IsOptional()
  @IsString()
  @Length(1, idLength)
  parentId?: string | null;
  @BodyField({ description: 'The checkpoint without the values of its channels.' })
  @IsNested(() => PackedDto)
  checkpoint: PackedDto;
  @BodyField({ description: 'Its metadata.' })
  @IsNested(() => PackedDto)
  metadata: PackedDto;
  @BodyField({
    description: 'What of the metadata a search can filter by.',
    example: { source: 'loop' },
  })
  @IsOptional()
  @IsOpaqueObject()
  labels?: Record<string, unknown> | null;
  @BodyField({
    type: 'object',
    additionalProperties: { type: 'string', minLength: 1, maxLength: idLength },
    description: 'The version of each channel, at most 1,000.',
    example: { messages: '2' },
  })
  @CheckedBy(channelsFaults)
  channels: Record<string, string>;
  @BodyField({
    description: 'Values of the channels that are new since the checkpoint before.',
    example: [{ channel: 'messages', version: '2', type: 'json', data: 'W10=' }],
  })
  @IsOptional()
  @IsListOf(() => NewChannelValueDto)
  @ArrayMaxSize(channels)
  values?: NewChannelValueDto[] | null;
  @BodyField({
    description: 'Checkpoints of the thread that stay: older ones are deleted. All without it.',
    example: 100,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(CHECKPOINT_LIMITS.keepAtPut)
  keep?: number | null;
}

export class NewWriteDto extends PackedDto {
  @BodyField(CHANNEL)
  @IsString()
  @Length(1, channelLength)
  channel: string;
  @BodyField({
    description:
      'Its place among the writes of the task. Of one place the first write stays; one below 0 is replaced.',
    example: 0,
  })
  @IsInt()
  @Min(-1_000)
  @Max(1_000_000)
  position: number;
}

export class PutWritesDto extends CheckpointPlaceDto {
  @BodyField(TASK)
  @IsString()
  @Length(1, idLength)
  taskId: string;
  @BodyField({ description: 'Path of the task, by which writes are sorted.', example: '' })
  @IsOptional()
  @IsString()
  @MaxLength(taskPathLength)
  taskPath?: string | null;
  @BodyField({
    description: 'What the task has written.',
    example: [{ channel: 'messages', position: 0, type: 'json', data: 'W10=' }],
  })
  @IsListOf(() => NewWriteDto)
  @ArrayMaxSize(channels)
  writes: NewWriteDto[];
}

export class SearchCheckpointsDto {
  @BodyField(THREAD)
  @IsOptional()
  @IsString()
  @Length(1, threadIdLength)
  threadId?: string | null;
  @BodyField(NAMESPACE)
  @IsOptional()
  @IsString()
  @MaxLength(namespaceBytes)
  @MaxBytes(namespaceBytes)
  namespace?: string | null;
  @BodyField({ ...ID, example: null })
  @IsOptional()
  @IsString()
  @Length(1, idLength)
  checkpointId?: string | null;
  @BodyField({ description: 'Only checkpoints with a smaller id.', example: null })
  @IsOptional()
  @IsString()
  @Length(1, idLength)
  before?: string | null;
  @BodyField({ description: 'Values that the labels have.', example: { source: 'loop' } })
  @IsOptional()
  @IsOpaqueObject()
  filter?: Record<string, unknown> | null;
  @BodyField({ description: 'The last checkpoint of the page before.', example: null })
  @IsOptional()
  @IsNested(() => CheckpointPlaceDto)
  after?: CheckpointPlaceDto | null;
  @BodyField({
    default: 20,
    description: 'Most checkpoints. There are fewer where they would be more than 8 MiB.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(CHECKPOINT_LIMITS.page)
  limit?: number | null;
}

export class StoredPackedDto {
  @ApiProperty(TYPE) type: string;
  @ApiProperty(DATA) data: string;
}

export class ChannelValueDto extends StoredPackedDto {
  @ApiProperty(CHANNEL) channel: string;
}

export class PendingWriteDto extends StoredPackedDto {
  @ApiProperty(TASK) taskId: string;
  @ApiProperty(CHANNEL) channel: string;
}

export class CheckpointDto {
  @ApiProperty(THREAD) threadId: string;
  @ApiProperty(NAMESPACE) namespace: string;
  @ApiProperty(ID) checkpointId: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Id of the checkpoint before; null for the first. It may have been deleted.',
    example: null,
  })
  parentId: string | null;
  @ApiProperty({ type: StoredPackedDto, description: 'The checkpoint as it was sent.' })
  checkpoint: StoredPackedDto;
  @ApiProperty({ type: StoredPackedDto, description: 'Its metadata as they were sent.' })
  metadata: StoredPackedDto;
  @ApiProperty({ type: [ChannelValueDto], description: 'What its channels hold.' })
  values: ChannelValueDto[];
  @ApiProperty({
    type: [PendingWriteDto],
    description: 'What tasks have written after it, by path and id of the task.',
  })
  writes: PendingWriteDto[];
}

export class CheckpointPageDto {
  @ApiProperty({ type: [CheckpointDto], description: 'Newest first.' }) data: CheckpointDto[];
  @ApiProperty({ description: 'Whether there are others after the last one.', example: false })
  hasMore: boolean;
}
