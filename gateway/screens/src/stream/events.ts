// The stream as server-sent events over fetch, which, unlike a WebSocket, can carry a key.

import { problem } from "@/api/client";
import { authorization } from "@/api/key";
import type { Message } from "@/api/types";
import type { Link, LinkHandlers } from "./stream";

export function openEvents(query: string, on: LinkHandlers): Link {
  const leaving = new AbortController();
  void follow(query, on, leaving.signal);
  return { close: () => leaving.abort() };
}

async function follow(query: string, on: LinkHandlers, signal: AbortSignal): Promise<void> {
  try {
    const headers = { Accept: "text/event-stream", ...authorization() };
    const answer = await fetch(`/v1/events?${query}`, { headers, signal, cache: "no-store" });
    if (!answer.ok || !answer.body) {
      const { status } = await problem(answer);
      const isRefused = status === 401 || status === 403;
      on.ended(
        isRefused ? "refused" : status >= 400 && status < 500 && status !== 429 ? "unfit" : "lost",
      );
      return;
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const events = new EventText();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) break;
      for (const data of events.take(value)) on.received(JSON.parse(data) as Message);
    }
  } catch {
    // cut off: the caller knows what to do
  }
  if (!signal.aborted) on.ended("lost");
}

/** Takes the text of an event stream in any pieces, gives the data of the events that are whole. */
export class EventText {
  private rest = "";

  take(text: string): string[] {
    const parts = (this.rest + text).split(/\r?\n\r?\n/);
    this.rest = parts.pop() ?? "";
    return parts
      .map((part) =>
        part
          .split(/\r?\n/)
          .filter((line) => line.startsWith("data:"))
          .map((line) => line.slice(5).replace(/^ /, ""))
          .join("\n"),
      )
      .filter((data) => data !== "");
  }
}
