import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProperty,
  ApiTags,
} from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import {
  ApiNotModified,
  ApiProblems,
  etagOf,
  IfMatch,
  IdParameter,
  withEtag,
} from '../../platform/http/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { documented, readBody } from '../agent-config-input.js';
import { type Overrides, overridesSchema } from './override-input.js';
import { type CurrentOverrides, OverridesService } from './overrides.service.js';

export class OverridesDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Number of the overrides: one more after each change, 0 before the first.',
    example: 1,
  })
  number: number;
  @ApiProperty({
    oneOf: [documented(overridesSchema), { type: 'null' }],
    description: 'The overrides as they were sent; null when there are none.',
  })
  overrides: Overrides | null;
}

const toOverridesDto = ({ number, changes }: CurrentOverrides): OverridesDto => ({
  number,
  overrides: changes === null ? null : (JSON.parse(changes) as Overrides),
});

@ApiTags('agent-configs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/agent-configs/:id/overrides')
export class OverridesController {
  constructor(private readonly overrides: OverridesService) {}

  /** What the user lays over the configuration, whichever version of it is served. */
  @Get()
  @ApiOkResponse({ type: OverridesDto })
  @ApiNotModified()
  async get(@Param('id', IdParameter) id: string) {
    return tagged(await this.overrides.get(id));
  }

  /** Parts that are null or left out are as the version has them. With `If-Match`, only when nobody else has put others since. */
  @BodyLimit('large')
  @Put()
  @HttpCode(200)
  @ApiBody({ schema: documented(overridesSchema) })
  @ApiOkResponse({ type: OverridesDto })
  async put(
    @Param('id', IdParameter) id: string,
    @Body(BodyGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return tagged(await this.overrides.put(id, readBody(overridesSchema, body), expected));
  }

  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string, @IfMatch() expected: number | undefined) {
    return this.overrides.remove(id, expected);
  }
}

const tagged = (current: CurrentOverrides) =>
  withEtag(toOverridesDto(current), etagOf(current.number));
