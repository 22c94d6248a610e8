import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { AccessibleBy } from '../../platform/context/index.js';
import { AppError, RequestErrors } from '../../platform/errors/index.js';
import { commonFields, Operation } from '../../platform/http/index.js';
import { BodyField, BodyValidationPipe, NameParameter } from '../../platform/input/index.js';
import { ModelCallError } from '../models/index.js';
import { TurnErrors } from '../turns/turns.errors.js';
import { ModelKeyErrors } from './model-keys.errors.js';
import { ModelKeysService } from './model-keys.service.js';

const PROVIDER = new NameParameter(
  'provider',
  /^[a-z0-9][a-z0-9_-]{0,62}$/,
  'the name of a provider: lower case letters, digits, _ and -',
  ['openai', 'my-gateway'],
  'Name of a configured provider.',
);

export class SaveModelKeyDto {
  @BodyField({
    description: 'The key. No answer ever shows it.',
    pattern: '^[\\x21-\\x7e]+$',
    example: 'sk-example',
    examples: ['sk-example'],
  })
  @IsString()
  @Length(1, 1_024)
  apiKey: string;
}

export class ModelKeyDto {
  @ApiProperty({ description: 'Name of the provider.', example: 'openai' }) provider: string;
  @ApiProperty({ ...commonFields.createdAt, description: 'When the key was stored.' })
  updatedAt: string;
}

export class ModelKeyListDto {
  @ApiProperty({ type: [ModelKeyDto], description: 'The providers, by name.' })
  data: ModelKeyDto[];
}

/** A user's own keys of model providers, which the turns of the user are called with. */
@ApiTags('turns')
@AccessibleBy('user')
@Controller('v1/model-keys')
export class ModelKeysController {
  constructor(private readonly keys: ModelKeysService) {}

  @Operation({ summary: 'List the providers for which a user has a key' })
  @Get()
  @ApiOkResponse({ type: ModelKeyListDto })
  async list(): Promise<ModelKeyListDto> {
    return { data: await this.keys.list() };
  }

  @Operation({
    summary: "Store a user's own key of a model provider",
    description:
      'Turns of the user call the provider with it, in place of the key of the service. It is sealed in the vault.',
    errors: [TurnErrors.unknownProvider],
  })
  @Put(':provider')
  @PROVIDER.document()
  @ApiOkResponse({ type: ModelKeyDto })
  async save(
    @Param('provider', PROVIDER) provider: string,
    @Body(BodyValidationPipe) { apiKey }: SaveModelKeyDto,
  ): Promise<ModelKeyDto> {
    return this.keys.save(provider, apiKey).catch((error: unknown) => {
      throw error instanceof ModelCallError ? refusalOf(error) : error;
    });
  }

  @Operation({
    summary: "Remove a user's own key of a model provider",
    errors: [ModelKeyErrors.notFound],
  })
  @Delete(':provider')
  @HttpCode(204)
  @PROVIDER.document()
  @ApiNoContentResponse()
  async remove(@Param('provider', PROVIDER) provider: string): Promise<void> {
    if (!(await this.keys.remove(provider))) throw ModelKeyErrors.notFound();
  }
}

const refusalOf = ({ code, message }: ModelCallError): AppError =>
  code === 'model.not_configured'
    ? TurnErrors.unknownProvider({ detail: message })
    : RequestErrors.invalidBody({ errors: [{ pointer: '/apiKey', message }] });
