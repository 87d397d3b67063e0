// An answer of the gateway for a part of the screen: loading, there, or refused; asked again when
// what is asked for changes, when the gateway is back, and as often as wanted.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "@/api/client";
import { visits } from "@/api/key";
import { revivals } from "./market";

export interface Resource<T> {
  /** What came last; it stays while the next one is asked for. */
  data: T | null;
  error: ApiError | null;
  isLoading: boolean;
  /** Ask again now. */
  again: () => void;
}

/**
 * Ask for something. `asked` names what is asked for: another name is another question, and null
 * asks nothing. `every` asks again after so many ms, while the page is seen.
 */
export function useResource<T>(
  asked: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  every = 0,
): Resource<T> {
  const [state, setState] = useState<{
    asked: string | null;
    data: T | null;
    error: ApiError | null;
    isLoading: boolean;
  }>({ asked: null, data: null, error: null, isLoading: asked !== null });
  const [turn, setTurn] = useState(0);
  const newest = useRef(load);
  newest.current = load;
  const revival = revivals.value;
  const who = visits.value;

  useEffect(() => {
    if (asked === null) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      setState((held) => ({ ...held, isLoading: true }));
      try {
        const data = await newest.current(leaving.signal);
        if (!leaving.signal.aborted) setState({ asked, data, error: null, isLoading: false });
      } catch (found) {
        if (leaving.signal.aborted) return;
        const error = found instanceof ApiError ? found : new ApiError(0, String(found), "fault");
        setState((held) => ({
          asked,
          data: held.asked === asked ? held.data : null,
          error,
          isLoading: false,
        }));
      }
      if (every && !leaving.signal.aborted) timer = setTimeout(beat, every);
    };
    const beat = () => (document.hidden ? (timer = setTimeout(beat, every)) : void ask());
    void ask();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [asked, every, turn, revival, who]);

  return { ...state, again: () => setTurn((n) => n + 1) };
}
