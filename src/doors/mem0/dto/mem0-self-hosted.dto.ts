import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { EXTERNAL_ID_FORM } from '../../../platform/context/index.js';
import { BodyField } from '../../../platform/input/index.js';
import { MAX_NAME_CHARACTERS, MAX_USER_CHARACTERS } from '../mem0-limits.js';
import { SearchMem0MemoriesDto } from './mem0-body.dto.js';
import { Mem0MemoryDto } from './mem0-memory.dto.js';

export class Mem0ResultsDto {
  @ApiProperty({ type: [Mem0MemoryDto], description: 'The memories, last changed first.' })
  results: Mem0MemoryDto[];
}

/** Names may stand beside the filters. */
export class SearchSelfHostedMem0Dto extends SearchMem0MemoriesDto {
  @BodyField({
    description: 'The user: of a service key in place of the header `Threadkeep-User`.',
    ...EXTERNAL_ID_FORM,
  })
  @IsOptional()
  @IsString()
  @Length(1, MAX_USER_CHARACTERS)
  user_id?: string | null;
  @BodyField({ description: 'Finds only memories of this agent.' })
  @IsOptional()
  @IsString()
  @Length(1, MAX_NAME_CHARACTERS)
  agent_id?: string | null;
  @BodyField({ description: 'Finds only memories of this run.' })
  @IsOptional()
  @IsString()
  @Length(1, MAX_NAME_CHARACTERS)
  run_id?: string | null;
  @BodyField({ description: 'Finds only memories of this app.' })
  @IsOptional()
  @IsString()
  @Length(1, MAX_NAME_CHARACTERS)
  app_id?: string | null;
}
