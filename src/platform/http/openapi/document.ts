// The OpenAPI 3.1 document at /openapi.json, and a page to read it at /docs.
import type { INestApplication } from '@nestjs/common';
import {
  ApiProperty,
  ApiResponse,
  DocumentBuilder,
  type OpenAPIObject,
  SwaggerModule,
} from '@nestjs/swagger';
import { ErrorRegistry } from '../../errors/index.js';

/** RFC 9457, with our members. */
export class Problem {
  @ApiProperty({ example: 'urn:threadkeep:problem:conversation.not_found' }) type: string;
  @ApiProperty() title: string;
  @ApiProperty({ minimum: 400, maximum: 599 }) status: number;
  @ApiProperty({ required: false }) detail?: string;
  @ApiProperty({ example: 'conversation.not_found' }) code: string;
  @ApiProperty() instance: string;
  @ApiProperty() requestId: string;
  @ApiProperty({
    required: false,
    type: 'array',
    items: {
      type: 'object',
      properties: { pointer: { type: 'string' }, message: { type: 'string' } },
      required: ['pointer', 'message'],
    },
  })
  errors?: { pointer: string; message: string }[];
}

/** Says that a route answers failures as problem documents. */
export const ApiProblems = () =>
  ApiResponse({
    status: 'default',
    description: 'A problem',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });

/** Says that a read with `If-None-Match` may answer that the client has the current state. */
export const ApiNotModified = () => ApiResponse({ status: 304, description: 'Not modified' });

const header = (
  name: string,
  description: string,
  schema: { type: 'string'; enum?: string[] },
) => ({ name, in: 'header' as const, required: false, description, schema });

/** On every request. */
const HEADERS = [
  header('Threadkeep-User', 'With a service key: the user to act for, by id or externalId.', {
    type: 'string',
  }),
  header(
    'Threadkeep-Read',
    'Where the service has replicas: `primary` for what was written a moment ago, also by others.',
    { type: 'string', enum: ['primary'] },
  ),
];

export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Threadkeep')
    .setDescription('The durable, private memory of an AI application.')
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'A service key or a user key: tk_...',
    })
    .addGlobalParameters(...HEADERS)
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    extraModels: [Problem],
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}.${method}`,
  });
  listErrorCodes(document);
  describePathIds(document);
  return document;
}

/** The features register their codes when they are loaded, which is after the class above was. */
function listErrorCodes({ components }: OpenAPIObject): void {
  const { properties } = components!.schemas!['Problem'] as {
    properties: { code: { enum?: string[] } };
  };
  properties.code.enum = ErrorRegistry.codes();
}

/** Every parameter of a path is an id, read by `IdParameter`. */
function describePathIds({ paths }: OpenAPIObject): void {
  const operations = Object.values(paths).flatMap(({ get, post, patch, put, delete: remove }) => [
    get,
    post,
    patch,
    put,
    remove,
  ]);
  for (const parameter of operations.flatMap((operation) => operation?.parameters ?? [])) {
    if ('in' in parameter && parameter.in === 'path')
      parameter.schema = { type: 'string', format: 'uuid' };
  }
}

export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Threadkeep API',
  });
}
