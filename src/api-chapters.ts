// The chapters of the API reference, in reading order: the names in `@ApiTags`, each with a
// sentence.
import type { Chapters } from './platform/http/index.js';

export const API_CHAPTERS: Chapters = {
  conversations:
    'Conversations of a user: their title, tags and metadata, forks, import, deletion.',
  messages: 'The messages of a conversation: an append-only log, numbered without gaps.',
  turns: 'Calls of models that the service makes, and their replies as streams.',
  'model calls': 'Calls of models in the background, without a conversation.',
  context:
    'The context of the next model call: recent messages, summaries, memories in a token budget.',
  memories: 'What is known about a user: search, sources, history, and a view of any earlier time.',
  'memory blocks': 'Short texts that are always in the context, such as a persona.',
  tasks: 'To-do items of a user.',
  events: 'Calendar events of a user.',
  store: 'JSON values of agents under namespaces and keys, for stores of LangGraph.',
  checkpoints: 'Where the runs of agents are, for checkpointers of LangGraph.',
  'agent-configs':
    "Versioned configurations of agents: model, parameters, prompts, tools; aliases for gradual roll-outs; users' overrides.",
  'mcp-servers': 'MCP servers that agents connect to. Their secrets are stored encrypted.',
  users: 'The users of the application: administration, own profile, usage and quotas.',
  accounts: 'Users who sign in with a password: registration, sessions, tokens, mails.',
  'api keys': 'Keys of the service and of users. For service keys with the scope `keys`.',
  webhooks: 'Signed requests that tell the application what happened, and their deliveries.',
  jobs: 'Work in the background, such as deleting what derives from a conversation.',
  mcp: 'The same memory for assistants that speak the Model Context Protocol.',
  openai: 'Conversations and their items for clients that speak the Conversations API of OpenAI.',
  mem0: 'Memories for clients that speak the API of mem0.',
  audit: "Who did what: a user's own log, and the log of keys and administration.",
  health: 'Probes for orchestrators and load balancers. They need no key.',
  metrics: 'Metrics in the Prometheus text format, for operators.',
};
