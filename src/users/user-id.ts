// Finds the user that a path names.
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { IdParameter } from '../platform/input/index.js';
import { UserNames } from './user-names.js';

const KEY_PREFIX = 'key:';

/**
 * Gives the id of a user. `key:` and an externalId cost one look-up; an id costs none, and may be
 * that of no user. Only for routes of service keys.
 * @throws AppError 404 when no user has the externalId, 410 when it is of a merged user
 */
@Injectable()
export class UserId implements PipeTransform<string, string | Promise<string>> {
  constructor(private readonly names: UserNames) {}

  transform(value: string, metadata: ArgumentMetadata): string | Promise<string> {
    return value.startsWith(KEY_PREFIX)
      ? this.names.getIdInPath(value.slice(KEY_PREFIX.length))
      : IdParameter.transform(value, metadata);
  }
}
