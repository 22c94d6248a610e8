// Which page a place has.
import type { ComponentType } from 'preact';
import { Page } from './parts/page.js';
import { AgentPage } from './pages/agent.js';
import { AgentsPage } from './pages/agents.js';
import { AuditPage } from './pages/audit.js';
import { ConversationPage } from './pages/conversation.js';
import { ConversationsPage } from './pages/conversations.js';
import { JobsPage } from './pages/jobs.js';
import { KeysPage } from './pages/keys.js';
import { McpServerPage } from './pages/mcp-server.js';
import { McpServersPage } from './pages/mcp-servers.js';
import { MePage } from './pages/me.js';
import { MemoriesPage } from './pages/memories.js';
import { MemoryPage } from './pages/memory.js';
import { OverviewPage } from './pages/overview.js';
import { UserPage } from './pages/user.js';
import { UsersPage } from './pages/users.js';
import { linkTo, type PageProps, type Place } from './place.js';
import { useSession } from './session.js';

interface Entry {
  readonly page: ComponentType<PageProps>;
  /** The page of one thing, when the place names it. */
  readonly one?: ComponentType<PageProps>;
  readonly needsUser?: true;
}

const PAGES: Readonly<Record<string, Entry>> = {
  overview: { page: OverviewPage },
  users: { page: UsersPage, one: UserPage },
  conversations: { page: ConversationsPage, one: ConversationPage, needsUser: true },
  memories: { page: MemoriesPage, one: MemoryPage, needsUser: true },
  agents: { page: AgentsPage, one: AgentPage },
  'mcp-servers': { page: McpServersPage, one: McpServerPage },
  me: { page: MePage, needsUser: true },
  jobs: { page: JobsPage },
  audit: { page: AuditPage },
  keys: { page: KeysPage },
};

export function PageAt({ place }: { place: Place }) {
  const { user } = useSession();
  const [name = 'overview', ...rest] = place.path;
  const entry = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
  if (entry === undefined) return <Unknown />;
  if (entry.needsUser && user === null) return <NoUser />;
  const Content = rest.length > 0 && entry.one ? entry.one : entry.page;
  return <Content rest={rest} query={place.query} />;
}

const Unknown = () => (
  <Page title="No such page">
    <p>
      The address names no page of the console. Go to the{' '}
      <a href={linkTo(['overview'])}>overview</a>.
    </p>
  </Page>
);

const NoUser = () => (
  <Page title="Choose a user">
    <p>
      This page shows the data of one user. Name one in the field “User”, or choose one of the{' '}
      <a href={linkTo(['users'])}>list of users</a>.
    </p>
  </Page>
);
