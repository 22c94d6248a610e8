import { defineErrors } from '../../platform/errors/index.js';

export const AccountErrors = defineErrors('account', {
  loginFailed: { status: 401, title: 'The login or the password is wrong' },
  sessionEnded: { status: 401, title: 'The session has ended' },
  registrationClosed: { status: 403, title: 'Nobody can register here' },
  secretInvalid: { status: 404, title: 'This secret is not valid, or was used before' },
  missing: { status: 409, title: 'The user has no password' },
  loginMissing: { status: 422, title: 'A user who signs in needs an email address or a username' },
  usernameTooEarly: {
    status: 422,
    title: 'A username is given when the address is proved',
  },
  weakPassword: { status: 422, title: 'The password is too easy to guess' },
  noMail: { status: 503, title: 'The service sends no mail' },
  sessionNotFound: { status: 404, title: 'No such session' },
});
