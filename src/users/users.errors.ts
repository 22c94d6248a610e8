import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const UserErrors = defineErrors('user', {
  notFound: { status: 404, title: 'No such user' },
  externalIdTaken: { status: 409, title: 'Another user has this externalId' },
  emailTaken: { status: 409, title: 'Another user has this email address' },
});

export const ApiKeyErrors = defineErrors('api_key', {
  notFound: { status: 404, title: 'No such API key' },
});

mapConstraint('app_user__external_id', () => UserErrors.externalIdTaken());
mapConstraint('app_user__email', () => UserErrors.emailTaken());
mapConstraint('api_key__user_fk', () => UserErrors.notFound());
