import { sentValues } from './form.js';
import { linkTo, type Place } from './place.js';
import { baseUrl, type Session, useControl } from './session.js';

interface Entry {
  readonly name: string;
  readonly title: string;
  readonly isFor: (session: Session) => boolean;
}

const hasUser = ({ user }: Session): boolean => user !== null;
const isService = ({ kind }: Session): boolean => kind === 'service';
const always = (): boolean => true;

const ENTRIES: readonly Entry[] = [
  { name: 'overview', title: 'Overview', isFor: always },
  { name: 'users', title: 'Users', isFor: isService },
  { name: 'me', title: 'My user', isFor: ({ kind }) => kind === 'user' },
  { name: 'conversations', title: 'Conversations', isFor: hasUser },
  { name: 'memories', title: 'Memories', isFor: hasUser },
  { name: 'agents', title: 'Agents', isFor: always },
  { name: 'mcp-servers', title: 'MCP servers', isFor: always },
  { name: 'jobs', title: 'Jobs', isFor: always },
  { name: 'audit', title: 'Audit', isFor: always },
  { name: 'keys', title: 'API keys', isFor: isService },
];

export function Navigation({ place }: { place: Place }) {
  const { session, signOut } = useControl();
  const current = place.path[0] ?? 'overview';
  return (
    <header class="side">
      <p class="brand">Threadkeep</p>
      <nav aria-label="Console">
        <ul>
          {ENTRIES.filter(({ isFor }) => isFor(session)).map(({ name, title }) => (
            <li key={name}>
              <a href={linkTo([name])} aria-current={name === current ? 'page' : undefined}>
                {title}
              </a>
            </li>
          ))}
          <li>
            {/* In a tab of its own: leaving the console forgets the key. */}
            <a href={`${baseUrl()}/docs`} target="_blank" rel="noopener noreferrer">
              Documentation
            </a>
          </li>
        </ul>
      </nav>
      <div class="who">
        <ChooseUser key={JSON.stringify([session.userName, place.path, String(place.query)])} />
        <button onClick={signOut}>Sign out</button>
      </div>
    </header>
  );
}

/** Shows another user, for a service key. It begins anew at each place, so it never keeps a text that was not sent. */
function ChooseUser() {
  const { session, lookAt } = useControl();
  if (session.kind === 'user') return <p class="hint">Signed in with a user key</p>;
  const submit = (event: SubmitEvent) => {
    lookAt(sentValues(event)('shown') || null);
  };
  return (
    <form class="shown" onSubmit={submit}>
      <label for="shown">User</label>
      <input
        id="shown"
        name="shown"
        defaultValue={session.userName ?? ''}
        placeholder="none"
        autocomplete="off"
        spellcheck={false}
      />
      <button type="submit">Show</button>
    </form>
  );
}
