import { EXTERNAL_ID_FORM, EXTERNAL_ID_MAX_CHARACTERS, readAt } from '../platform/context/index.js';
import { containsText } from '../platform/database/index.js';
import { RequestErrors } from '../platform/errors/index.js';
import { text } from '../platform/input/index.js';
import { field, List, type Shorthand } from '../platform/list/index.js';
import { HMAC_FIELD } from './sealing/sealed-searches.js';
import { toUserDto, UserDto, type UserState } from './dto/user.dto.js';
import { USER_STATUSES } from './user.entity.js';

const externalId = text(EXTERNAL_ID_MAX_CHARACTERS + 'external:'.length, true);
const externalIdSchema = { ...externalId.schema, ...EXTERNAL_ID_FORM };

/** Finds the user as the `Threadkeep-User` header would. */
function named(value: string): ReturnType<Shorthand['means']> {
  const { id, externalId: name } = readAt(
    externalId.read(value),
    '?externalId',
    RequestErrors.invalidQuery,
  );
  return name === null
    ? { field: 'id', operator: 'eq', text: id! }
    : { field: 'externalId', operator: 'eq', text: name };
}

/** Lists all users, newest first. Only service keys may read it. */
export const userList = new List<UserState, UserDto>({
  name: 'user',
  table: 'threadkeep.app_user',
  owner: null,
  fields: {
    id: field.uuid('id', { sort: true }),
    externalId: field.text('external_id', { nullable: true }),
    username: field.caseless('username', { nullable: true }),
    email: field.caseless('email', { nullable: true }),
    name: field.text('name', { nullable: true }),
    issuer: field.text('issuer', { nullable: true }),
    subject: field.text('subject', { nullable: true }),
    status: field.oneOf('status', USER_STATUSES),
    settings: field.object('settings'),
    sealedFields: field.shown('sealed_fields', { large: 'packed' }),
    [HMAC_FIELD]: field.hiddenBytes('email_hmac'),
    version: field.shown('version'),
    createdAt: field.time('created_at', { sort: true }),
    updatedAt: field.time('updated_at'),
  },
  sort: '-createdAt',
  search: (text) => containsText(`concat_ws(' ', name, username, email, external_id)`, text),
  shorthands: {
    externalId: {
      schema: externalIdSchema,
      description: "Keeps the user with this `externalId`, the application's own id.",
      means: named,
    },
  },
  dto: UserDto,
  item: toUserDto,
});
