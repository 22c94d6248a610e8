import { useLoad } from '../loading.js';
import { Page, Shown } from '../parts/page.js';
import { useUser } from '../session.js';
import { UsageTable, UserFacts } from './user.js';

/** The user of a user key, and what is stored. */
export function MePage() {
  const user = useUser();
  const me = useLoad((signal) => user.get({ signal }), []);
  const usage = useLoad((signal) => user.request('GET /v1/users/me/usage', { signal }), []);
  return (
    <Page title="My user" isOfUser>
      <Shown of={me}>{(value) => <UserFacts user={value} />}</Shown>
      <h2>Usage</h2>
      <Shown of={usage}>{({ data }) => <UsageTable of={data} />}</Shown>
    </Page>
  );
}
