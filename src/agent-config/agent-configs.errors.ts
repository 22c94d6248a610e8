import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const AgentConfigErrors = defineErrors('agent_config', {
  notFound: { status: 404, title: 'No such agent configuration' },
  versionNotFound: { status: 404, title: 'The agent configuration has no such version' },
  aliasNotFound: { status: 404, title: 'The agent configuration has no such alias' },
  readOnly: {
    status: 403,
    title: 'Only the service may change an agent configuration that it shares',
  },
  notOverridable: {
    status: 403,
    title: 'The service does not let users override this part of its agent configuration',
  },
  nameTaken: { status: 409, title: 'Another agent configuration has this name' },
  inUse: { status: 409, title: 'Conversations use this agent configuration' },
  noEarlierTargets: { status: 409, title: 'The alias has no earlier targets to roll back to' },
  ambiguous: { status: 422, title: 'Give either a version or an alias, not both' },
  invalidContent: {
    status: 422,
    title: 'The content of the agent configuration is not valid',
  },
  unknownVersion: { status: 422, title: 'An alias cannot point to a version that does not exist' },
  invalidPercentages: { status: 422, title: 'The percentages of an alias must add up to 100' },
});

mapConstraint('agent_config__name', () =>
  AgentConfigErrors.nameTaken({
    errors: [{ pointer: '/name', message: 'is the name of another agent configuration' }],
  }),
);
mapConstraint('service_agent_config__name', () =>
  AgentConfigErrors.nameTaken({
    errors: [{ pointer: '/name', message: 'is the name of another agent configuration' }],
  }),
);
mapConstraint('agent_config__user_fk', () => AgentConfigErrors.notFound());
mapConstraint('agent_config_override__user_fk', () => AgentConfigErrors.notFound());
mapConstraint('agent_config_version__config_fk', () => AgentConfigErrors.notFound());
mapConstraint('agent_config_move__config_fk', () => AgentConfigErrors.notFound());
mapConstraint('service_agent_config_version__config_fk', () => AgentConfigErrors.notFound());
mapConstraint('service_agent_config_move__config_fk', () => AgentConfigErrors.notFound());
