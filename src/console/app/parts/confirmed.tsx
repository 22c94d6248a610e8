import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { sentValues } from '../form.js';
import { FailureNote } from './failure.js';

interface ConfirmedProps {
  /** Of the button that asks. */
  label: string;
  /** Of the button that does it; the same when it is left out. */
  action?: string;
  title: string;
  /** Whose data will change. */
  whose: ComponentChildren;
  /** What will happen, and fields that the caller reads by their names. */
  children: ComponentChildren;
  run: (valueOf: (field: string) => string) => Promise<unknown>;
  onDone: () => void;
}

/** A button that changes something, after it was confirmed in a dialog. */
export function Confirmed(props: ConfirmedProps) {
  const { label, action = label, title, whose, children, run, onDone } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const open = () => {
    setError(null);
    dialog.current?.showModal();
  };
  const close = () => dialog.current?.close();
  const confirm = async (event: SubmitEvent) => {
    const valueOf = sentValues(event);
    if (isBusy) return;
    setBusy(true);
    setError(null);
    try {
      await run(valueOf);
      close();
      onDone();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button onClick={open}>{label}</button>
      <dialog ref={dialog} aria-label={title}>
        <form onSubmit={(event) => void confirm(event)}>
          <h2>{title}</h2>
          <p class="whose">
            Of user: <b>{whose}</b>
          </p>
          {children}
          {error !== null && <FailureNote error={error} />}
          <div class="row end">
            <button type="button" onClick={close}>
              Cancel
            </button>
            <button type="submit" class="primary" disabled={isBusy}>
              {action}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
