// Documents a body with an example as a whole, where those of its fields would not show its use.
import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';

/** @param types DTOs; several for a body of one of several kinds */
export const BodyExample = (types: Type<object>[], example: object) =>
  applyDecorators(
    ApiExtraModels(...types),
    ApiBody({ schema: { oneOf: types.map((type) => ({ $ref: getSchemaPath(type) })), example } }),
  );
