// Reads the field `model` of a completion: a model of a provider, or an agent configuration.
import { isUuid, MAX_INTEGER } from '../../../platform/input/index.js';
import type { TurnOptions } from '../../turns/turn.entity.js';

/** What a name chooses, as a turn takes it. */
export type NamedModel = Pick<
  TurnOptions,
  'model' | 'agentConfigId' | 'agentConfigVersion' | 'agentConfigAlias'
>;

const AGENT = 'agent';
const ALIAS = /^[\x21-\x7e]{1,64}$/;
const NONE: NamedModel = {
  model: null,
  agentConfigId: null,
  agentConfigVersion: null,
  agentConfigAlias: null,
};

/**
 * Reads `provider/name`; a name alone, when one provider is configured; `agent`, the agent
 * configuration of the conversation; `agent:<id>`, which `@<alias>` or `@<version>` may follow.
 * @param providers names of the configured ones
 * @returns null for a text that names nothing
 */
export function readModelName(text: string, providers: readonly string[]): NamedModel | null {
  if (text === AGENT) return NONE;
  if (text.startsWith(`${AGENT}:`)) return readAgent(text.slice(AGENT.length + 1));
  const slash = text.indexOf('/');
  const provider = text.slice(0, Math.max(slash, 0));
  if (providers.includes(provider) && slash < text.length - 1)
    return { ...NONE, model: { provider, name: text.slice(slash + 1) } };
  const [only, ...others] = providers;
  if (only === undefined || others.length > 0 || text === '') return null;
  return { ...NONE, model: { provider: only, name: text } };
}

function readAgent(text: string): NamedModel | null {
  const at = text.indexOf('@');
  const id = at === -1 ? text : text.slice(0, at);
  if (!isUuid(id)) return null;
  const agent = { ...NONE, agentConfigId: id.toLowerCase() };
  if (at === -1) return agent;
  const chosen = text.slice(at + 1);
  if (!/^\d+$/.test(chosen))
    return ALIAS.test(chosen) ? { ...agent, agentConfigAlias: chosen } : null;
  const version = Number(chosen);
  return version >= 1 && version <= MAX_INTEGER ? { ...agent, agentConfigVersion: version } : null;
}
