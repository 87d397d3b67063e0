// Asks for an API key where the gateway wants one.

import { useLayoutEffect, useRef } from "preact/hooks";
import { key, refused, useKey } from "@/api/key";

export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const why = refused.value;
  const isUnknown = why?.status === 401;
  return (
    <dialog
      ref={dialog}
      class="key"
      aria-labelledby="key-title"
      onCancel={() => (refused.value = null)}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          const text = field.current?.value ?? "";
          if (text.trim()) useKey(text);
        }}
      >
        <h2 id="key-title">
          {isUnknown ? "This gateway asks for a key" : "This key does not open that"}
        </h2>
        <p class="muted">{why?.detail}</p>
        <label>
          API key
          <input
            ref={field}
            class="field"
            type="password"
            autoComplete="off"
            defaultValue={key.value}
            aria-describedby="key-help"
            autoFocus
          />
        </label>
        <p class="muted" id="key-help">
          <code>tidegauge keys add</code> makes one. It is kept in this tab only, until it is
          closed.
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
