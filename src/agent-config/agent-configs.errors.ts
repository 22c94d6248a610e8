import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const AgentConfigErrors = defineErrors('agent_config', {
  notFound: { status: 404, title: 'No such agent configuration' },
  versionNotFound: { status: 404, title: 'The agent configuration has no such version' },
  aliasNotFound: { status: 404, title: 'The agent configuration has no such alias' },
  readOnly: {
    status: 403,
    title: 'This agent configuration is shared by the service, which alone may change it',
  },
  notOverridable: {
    status: 403,
    title: 'The service does not let users change this part of its agent configuration',
  },
  nameTaken: { status: 409, title: 'Another agent configuration has this name' },
  inUse: { status: 409, title: 'Conversations use this agent configuration' },
  nothingBefore: { status: 409, title: 'The alias has not pointed anywhere else before' },
  ambiguous: { status: 422, title: 'Name a version or an alias, not both' },
  invalidContent: {
    status: 422,
    title: 'The agent configuration is not one that a model can be run with',
  },
  unknownVersion: { status: 422, title: 'The alias would point to a version that does not exist' },
  uneven: { status: 422, title: 'The shares of an alias do not add up to 100 percent' },
});

mapConstraint('agent_config__name', () =>
  AgentConfigErrors.nameTaken({
    errors: [{ pointer: '/name', message: 'is the name of another one' }],
  }),
);
mapConstraint('service_agent_config__name', () =>
  AgentConfigErrors.nameTaken({
    errors: [{ pointer: '/name', message: 'is the name of another one' }],
  }),
);
mapConstraint('agent_config__user_fk', () => AgentConfigErrors.notFound());
mapConstraint('agent_config_override__user_fk', () => AgentConfigErrors.notFound());
mapConstraint('agent_config_version__config_fk', () => AgentConfigErrors.notFound());
mapConstraint('agent_config_move__config_fk', () => AgentConfigErrors.notFound());
mapConstraint('service_agent_config_version__config_fk', () => AgentConfigErrors.notFound());
mapConstraint('service_agent_config_move__config_fk', () => AgentConfigErrors.notFound());
