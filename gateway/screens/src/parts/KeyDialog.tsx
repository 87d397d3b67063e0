// Asks for an API key where the gateway wants one.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { enter, refused } from "@/api/key";

export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState("");
  useLayoutEffect(() => dialog.current?.showModal(), []);
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
        <p class="muted">{why?.detail}</p>
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
          <code>tidegauge keys add</code> makes one. It is shown to the gateway once and not kept
          here.
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
