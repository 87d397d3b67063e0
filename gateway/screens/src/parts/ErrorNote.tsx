// What went wrong, in the gateway's words, and a way to try again.

import type { ApiError } from "@/api/client";

export function ErrorNote({ error, again }: { error: ApiError; again?: () => void }) {
  return (
    <div class="notice" data-tone={error.kind === "no-history" ? "accent" : "loss"} role="alert">
      <span>{error.detail}</span>
      {again && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}
