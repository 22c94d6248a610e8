import { failureOf, isRefusal } from '../texts.js';

/** Says what failed: title, detail, and the id that finds the request in the service's log. */
export function FailureNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const { title, detail, requestId } = failureOf(error);
  if (isRefusal(error)) return <p class="refusal">{`${title} ${detail ?? ''}`}</p>;
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{title}</strong>
      </p>
      {detail !== null && <p>{detail}</p>}
      {requestId !== null && (
        <p class="hint">
          Request <code>{requestId}</code>
        </p>
      )}
      {retry !== undefined && <button onClick={retry}>Try again</button>}
    </div>
  );
}
