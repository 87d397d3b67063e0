// Something that the reader does to the gateway: at work, refused, or done.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "@/api/client";
import { keyGiven } from "@/api/key";

export interface Action {
  isBusy: boolean;
  error: ApiError | null;
  /** Do it; true where the gateway took it. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

/** Do it; where it wants a key, again once there is one. Throws as `work` does. */
export async function untilKeyed<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError && error.isKeyless && (await keyGiven()))) throw error;
    }
  }
}

export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const held = useRef<Element | null>(null);
  const run = async (work: () => Promise<unknown>) => {
    held.current = document.activeElement;
    setBusy(true);
    setError(null);
    try {
      await untilKeyed(work);
      return true;
    } catch (found) {
      setError(found instanceof ApiError ? found : new ApiError(0, String(found), "fault"));
      return false;
    } finally {
      setBusy(false);
    }
  };
  // A button that was out of use for the while has lost the focus.
  useEffect(() => {
    if (isBusy || document.activeElement !== document.body) return;
    if (held.current instanceof HTMLElement && held.current.isConnected) held.current.focus();
    held.current = null;
  }, [isBusy]);
  return { isBusy, error, run, clear: () => setError(null) };
}
