import { defineErrors, mapConstraint } from '../errors/index.js';

export const AuditErrors = defineErrors('audit', {
  ownerNotFound: { status: 404, title: 'No such user' },
});

mapConstraint('audit_event__user_fk', () => AuditErrors.ownerNotFound());
