import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const UserErrors = defineErrors('user', {
  notFound: { status: 404, title: 'No such user' },
  externalIdTaken: { status: 409, title: 'Another user has this externalId' },
  externalIdReserved: { status: 422, title: 'This externalId is the Threadkeep id of a user' },
  usernameTaken: { status: 409, title: 'Another user has this username' },
  settingsRefused: {
    status: 422,
    title: 'The settings do not fit the schema that the application gave',
  },
  emailTaken: { status: 409, title: 'Another user has this email address' },
  merged: { status: 410, title: 'This user was merged into another' },
  notMergeable: { status: 409, title: 'These two users cannot be merged' },
  notUndoable: { status: 409, title: 'This merge cannot be undone' },
  mergeCollides: { status: 409, title: 'Both users have rows with the same name' },
});

export const ApiKeyErrors = defineErrors('api_key', {
  notFound: { status: 404, title: 'No such API key' },
  notLive: { status: 409, title: 'The API key was revoked or has expired' },
  ambiguous: { status: 422, title: 'Give only one of two fields that say the same' },
  expiryInPast: { status: 422, title: 'The expiresAt of an API key must be in the future' },
  invalidScope: { status: 422, title: 'This kind of API key cannot have this scope' },
});

mapConstraint('app_user__external_id', () => UserErrors.externalIdTaken());
mapConstraint('app_user__username', () => UserErrors.usernameTaken());
mapConstraint('app_user__email', () => UserErrors.emailTaken());
mapConstraint('app_user__email_hmac', () => UserErrors.emailTaken());
mapConstraint('api_key__expires_later', () => ApiKeyErrors.expiryInPast());
mapConstraint('api_key__user_fk', () => UserErrors.notFound());
