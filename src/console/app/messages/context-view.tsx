// What a model would be sent of a conversation, beside the record of what was taken and why.
import { useState } from 'preact/hooks';
import { sentValues } from '../form.js';
import { useLoad } from '../loading.js';
import { Confirmed } from '../parts/confirmed.js';
import { Shown } from '../parts/page.js';
import { goTo, linkTo } from '../place.js';
import { useUser } from '../session.js';
import { useShownUser } from '../shown-user.js';
import { ManifestView } from './manifest-view.js';
import { SentMessages } from './sent-messages.js';
import type { Context, ConversationInfo } from '../../../../clients/typescript/src/index.js';

const FORMATS = ['openai', 'openai-responses', 'anthropic', 'gemini', 'ai-sdk'] as const;

interface ViewProps {
  conversation: ConversationInfo;
  query: URLSearchParams;
}

export function ContextView({ conversation: { id }, query }: ViewProps) {
  const manifest = query.get('manifest');
  // It has the reasons of each omission, which the record of it has not.
  const [built, setBuilt] = useState<Context | null>(null);
  const show = (manifestId: string) =>
    goTo(linkTo(['conversations', id], { tab: 'context', manifest: manifestId }));
  return (
    <>
      <div class="choices">
        <Build
          id={id}
          onBuilt={(context) => {
            setBuilt(context);
            show(context.manifestId);
          }}
        />
        <Replay onAsked={show} />
      </div>
      {manifest === null ? (
        <p class="hint">
          Build a context to see what a model would be sent now, or show an earlier one by the id of
          its manifest. The turns of the conversation link to theirs.
        </p>
      ) : built?.manifestId === manifest ? (
        <Beside context={built} />
      ) : (
        <Replayed id={id} manifestId={manifest} />
      )}
    </>
  );
}

/** Builds a context. The service keeps a record of it, so it is asked for. */
function Build({ id, onBuilt }: { id: string; onBuilt: (context: Context) => void }) {
  const user = useUser();
  const whose = useShownUser();
  const [format, setFormat] = useState<(typeof FORMATS)[number]>('openai');
  const [budget, setBudget] = useState('');
  const [query, setQuery] = useState('');
  const build = async () => {
    const body = {
      format,
      explain: true,
      ...(budget !== '' && { budgetTokens: Number(budget) }),
      ...(query !== '' && { query }),
    };
    const route = 'POST /v1/conversations/{id}/context';
    const context = await user.request(route, { path: { id }, body });
    onBuilt(context);
  };
  const valueOf = (event: Event) => (event.currentTarget as HTMLInputElement).value;
  return (
    <fieldset class="search">
      <legend>What would the model be sent now?</legend>
      <label>
        Format
        <select
          value={format}
          onChange={(event) => setFormat(FORMATS.find((one) => one === valueOf(event)) ?? 'openai')}
        >
          {FORMATS.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label>
        Token budget
        <input
          inputMode="numeric"
          size={8}
          value={budget}
          onInput={(event) => setBudget(valueOf(event).replace(/\D/g, ''))}
        />
      </label>
      <label>
        Question to recall memories for
        <input value={query} onInput={(event) => setQuery(valueOf(event))} />
      </label>
      <Confirmed
        label="Build"
        title="Build a context?"
        whose={whose}
        run={build}
        onDone={() => undefined}
      >
        <p>
          No model is called. The service keeps a record of the context, which counts as stored.
        </p>
      </Confirmed>
    </fieldset>
  );
}

function Replay({ onAsked }: { onAsked: (manifestId: string) => void }) {
  const submit = (event: SubmitEvent) => {
    const manifestId = sentValues(event)('manifest');
    if (manifestId !== '') onAsked(manifestId);
  };
  return (
    <form onSubmit={submit}>
      <fieldset class="search">
        <legend>What was it sent?</legend>
        <label>
          Id of a manifest
          <input name="manifest" autocomplete="off" spellcheck={false} />
        </label>
        <button type="submit">Show</button>
      </fieldset>
    </form>
  );
}

function Replayed({ id, manifestId }: { id: string; manifestId: string }) {
  const user = useUser();
  const context = useLoad(
    (signal) =>
      user.request('GET /v1/conversations/{id}/context/{manifestId}', {
        signal,
        path: { id, manifestId },
      }),
    [id, manifestId],
  );
  return <Shown of={context}>{(value) => <Beside context={value} />}</Shown>;
}

const Beside = ({ context }: { context: Context }) => (
  <div class="beside">
    <section aria-label="What the model is sent">
      <h2>What is sent</h2>
      <SentMessages context={context} />
    </section>
    <section aria-label="What was taken, and why">
      <h2>Why</h2>
      <ManifestView context={context} />
    </section>
  </div>
);
