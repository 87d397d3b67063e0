// Something that the reader does to the gateway: at work, refused, or done.

import { useState } from "preact/hooks";
import { ApiError } from "@/api/client";

export interface Action {
  isBusy: boolean;
  error: ApiError | null;
  /** Do it; true where the gateway took it. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (found) {
      setError(found instanceof ApiError ? found : new ApiError(0, String(found), "fault"));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, run, clear: () => setError(null) };
}
