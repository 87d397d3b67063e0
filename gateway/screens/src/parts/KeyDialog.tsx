// Asks for an API key where the gateway wants one.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { enter, refused, session, type Refusal, type Session } from "@/api/key";

/** What is wanted of whom, in a sentence. */
export function wanted({ status, scope, detail }: Refusal, { name, scope: held }: Session): string {
  if (scope === null) return `The gateway says: ${detail}. Type a key here.`;
  return status === 403 && held
    ? `It needs the scope ${scope}; the key ${name} has ${held}. Type one that has it.`
    : `It needs a key of the scope ${scope}. Type it here.`;
}

export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState("");
  useLayoutEffect(() => {
    const node = dialog.current;
    node?.showModal();
    return () => node?.close(); // gives the focus back to where it was
  }, []);
  const why = refused.value;
  return (
    <dialog
      ref={dialog}
      class="key"
      aria-labelledby="key-title"
      onCancel={() => (refused.value = null)}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const text = field.current?.value.trim();
          if (text) void enter(text).then((said) => setWrong(said ?? ""));
        }}
      >
        <h2 id="key-title">
          {why?.status === 403 ? "This key does not open that" : "This gateway asks for a key"}
        </h2>
        {why && <p>{wanted(why, session.value)}</p>}
        <label>
          API key
          <input
            ref={field}
            class="field"
            type="password"
            autoComplete="current-password"
            aria-describedby="key-help"
            aria-invalid={wrong !== ""}
            autoFocus
          />
        </label>
        {wrong && (
          <p class="loss" role="alert">
            {wrong}
          </p>
        )}
        <p class="muted" id="key-help">
          <code>{why?.made ?? "tidegauge keys add"}</code> makes one. It is shown to the gateway
          once and not kept here; what was refused then goes on by itself.
        </p>
        <div class="key-actions">
          <button type="button" class="button" onClick={() => (refused.value = null)}>
            Go on without
          </button>
          <button type="submit" class="button is-main">
            Use this key
          </button>
        </div>
      </form>
    </dialog>
  );
}
