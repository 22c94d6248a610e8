// The OpenAPI 3.1 document at /openapi.json.
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type PreparedAnswer, prepareAnswer, sendPrepared } from '../prepared-answer.js';
import { closeBodies } from './closed-bodies.js';
import { EXAMPLE_ID } from './common-fields.js';
import { type DocumentedRoute, documentedRoutes, operationId } from './documented-routes.js';
import { addExamples } from './examples.js';
import { addHeaderComponents, describeHeaders } from './headers.js';
import { type DocumentedOperation, operationsOf } from './operations.js';
import { addProblemComponents, addProblems, Problem } from './problems.js';
import { shareParameters } from './shared-parameters.js';

/** A chapter of the reference: the name in `@ApiTags`, and a sentence about it. */
export type Chapters = Readonly<Record<string, string>>;

const DESCRIPTION = `The durable, private memory of an AI application.

Every request but those to \`/health\` needs a key: \`Authorization: Bearer tk_...\`. A user key acts for its user, and so does a JSON Web Token of an issuer that the operator lists. A service key acts for the user that the header \`Threadkeep-User\` names, or for the service itself.

Errors are problem details (RFC 9457) with a stable \`code\`; the header \`Link\` of each leads to a page that says why it happens and what to do (\`/docs/errors/<code>\`). Times are RFC 3339 in UTC, ids are UUIDs, lengths of texts are in characters.`;

export function createOpenApiDocument(app: INestApplication, chapters: Chapters): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Threadkeep')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'The server that answers this document.')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'tk_ and 43 characters of A-Z, a-z, 0-9, - and _, or a JWT',
      description:
        'A service key, a user key, or a JSON Web Token of an outside issuer. The scope of each operation is named with it; a service key that acts for a user also needs the scope `act`.',
    });
  for (const [name, sentence] of Object.entries(chapters)) builder.addTag(name, sentence);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: [Problem],
    operationIdFactory: operationId,
  });
  addHeaderComponents(document);
  addProblemComponents(document);
  const routes = documentedRoutes(app);
  for (const operation of operationsOf(document))
    describe(document, operation, routes.get(operation.operation.operationId!)!);
  closeBodies(document);
  shareParameters(document);
  return document;
}

function describe(
  document: OpenAPIObject,
  documented: DocumentedOperation,
  route: DocumentedRoute,
): void {
  const { method, operation } = documented;
  const { summary, description } = route.words ?? {};
  const scope = route.scope(method.toUpperCase());
  Object.assign(operation, {
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    ...(scope === undefined ? {} : { security: [{ bearer: [scope] }] }),
  });
  describePathIds(documented);
  addProblems(document, operation, method, route);
  describeHeaders(operation, method, route);
  addExamples(document, operation);
}

/** Things that a client may also name by a key of its own, and what it calls the key. */
const KEYS = new Map([
  ['conversation', 'key'],
  ['message', 'key'],
  ['user', '`externalId`'],
]);

/** A parameter of a path without a form of its own is an id, read by `IdParameter`. */
function describePathIds({ path, operation }: DocumentedOperation): void {
  for (const parameter of operation.parameters ?? []) {
    if (!('in' in parameter) || parameter.in !== 'path' || parameter.description) continue;
    const thing = thingAt(path, parameter.name);
    const key = KEYS.get(thing);
    parameter.description = key
      ? `Id of the ${thing}, or \`key:\` and its ${key}, percent-encoded.`
      : `Id of the ${thing}.`;
    parameter.schema = key ? { type: 'string' } : { type: 'string', format: 'uuid' };
    parameter.example = EXAMPLE_ID;
  }
}

/** `conversation` for `id` in `/v1/conversations/{id}`, `summary` for `summaryId`. */
function thingAt(path: string, parameter: string): string {
  if (parameter !== 'id') return parameter.replace(/Id$/, '');
  const parts = path.split('/');
  const collection = parts[parts.indexOf('{id}') - 1]!;
  return collection.replaceAll('-', ' ').replace(/ies$/, 'y').replace(/s$/, '');
}

/** The document is made when it is first asked for. */
export function serveOpenApi(app: NestFastifyApplication, chapters: Chapters): void {
  let prepared: Promise<PreparedAnswer> | undefined;
  const prepare = () =>
    (prepared ??= prepareAnswer(
      JSON.stringify(createOpenApiDocument(app, chapters)),
      'application/json; charset=utf-8',
    ));
  const instance = app.getHttpAdapter().getInstance();
  instance.get('/openapi.json', async (request, reply) =>
    sendPrepared(request, reply, await prepare()),
  );
}
