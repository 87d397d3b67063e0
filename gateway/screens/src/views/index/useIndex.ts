// One index in full: asked for once, then followed.

import { useEffect, useState } from "preact/hooks";
import { ApiError, get } from "@/api/client";
import { visits } from "@/api/key";
import type { IndexWhole, Message, Snapshot } from "@/api/types";
import { revivals } from "@/store/market";
import { Stream } from "@/stream/stream";

export interface Followed {
  whole: IndexWhole | null;
  snapshot: Snapshot | null;
  error: ApiError | null;
}

const NOTHING: Followed = { whole: null, snapshot: null, error: null };

/** A snapshot with a newer one's sections laid over it. */
export function laidOver(held: Snapshot | null, message: Message, index: string): Snapshot | null {
  if (message.type === "snapshots") {
    const found = message.snapshots.find((one) => (one as { index?: string }).index === index);
    return found ? (found as unknown as Snapshot) : held;
  }
  if (message.type === "changes" && held) {
    const change = message.changes.find((one) => one.index === index);
    if (change) return { ...held, ...(change.sections as Partial<Snapshot>), seq: change.seq };
  }
  return held;
}

export function useIndex(index: string): Followed {
  const [found, setFound] = useState<Followed & { of: string }>({ ...NOTHING, of: index });
  const who = visits.value;
  const revival = revivals.value;
  useEffect(() => {
    const leaving = new AbortController();
    get("/v1/indices/{index}", { at: { index }, signal: leaving.signal }).then(
      (whole) =>
        setFound((held) => ({
          of: index,
          whole,
          snapshot: newer(held, index, whole.snapshot),
          error: null,
        })),
      (error: unknown) => {
        if (leaving.signal.aborted || !(error instanceof ApiError)) return;
        setFound((held) => ({ ...(held.of === index ? held : NOTHING), of: index, error }));
      },
    );
    return () => leaving.abort();
  }, [index, who, revival]);

  const isKnown = found.of === index && found.whole !== null;
  useEffect(() => {
    if (!isKnown) return;
    const stream = new Stream(
      { view: "snapshots", indices: [index], every: 1 },
      {
        message: (message) => {
          if (message.type === "snapshots" || message.type === "changes") {
            setFound((held) => ({ ...held, snapshot: laidOver(held.snapshot, message, index) }));
          }
        },
      },
    );
    return () => stream.close();
  }, [index, isKnown]);
  return found.of === index ? found : NOTHING;
}

/** What came by the stream may be newer than what was asked for. */
function newer(
  held: Followed & { of: string },
  index: string,
  came: Snapshot | null,
): Snapshot | null {
  if (held.of !== index || !held.snapshot || !came) return came;
  return held.snapshot.seq > came.seq ? held.snapshot : came;
}
