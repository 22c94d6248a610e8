// Finds the user that a path names.
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { RequestErrors } from '../platform/errors/index.js';
import { isUuid, words } from '../platform/input/index.js';
import { UserNames } from './user-names.js';

const KEY_PREFIX = 'key:';
const NO_REFERENCE = words.suchAs(`a UUID, or ${KEY_PREFIX} and an externalId`, 'key:ada');

/**
 * Gives the id of a user. `key:` and an externalId cost one look-up; an id costs none, and may be
 * that of no user. Only for routes of service keys.
 * @throws AppError 404 when no user has the externalId, 410 when it is of a merged user
 */
@Injectable()
export class UserId implements PipeTransform<string, string | Promise<string>> {
  constructor(private readonly names: UserNames) {}

  transform(value: string, { data }: ArgumentMetadata): string | Promise<string> {
    if (value.startsWith(KEY_PREFIX)) return this.names.getIdInPath(value.slice(KEY_PREFIX.length));
    if (isUuid(value)) return value.toLowerCase();
    const pointer = `:${data ?? 'id'}`;
    throw RequestErrors.invalidQuery({ errors: [{ pointer, message: NO_REFERENCE }] });
  }
}
