// The stream over a WebSocket.

import { problem } from "@/api/client";
import type { Message } from "@/api/types";
import type { Link, LinkHandlers } from "./stream";

export function openSocket(query: string, on: LinkHandlers): Link {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/v1/stream?${query}`);
  let isOpened = false;
  let isOver = false;
  const over = (why: "lost" | "refused" | "unfit") => {
    if (isOver) return;
    isOver = true;
    on.ended(why);
  };
  socket.onmessage = (event: MessageEvent<string>) => {
    isOpened = true;
    on.received(JSON.parse(event.data) as Message);
  };
  socket.onclose = () => {
    if (isOver) return;
    if (isOpened) over("lost");
    else void whyNot(query).then(over);
  };
  return {
    close: () => {
      isOver = true;
      socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}

/** Why a socket was not let in: a browser does not tell, so ask the same with HEAD over HTTP. */
async function whyNot(query: string): Promise<"lost" | "refused" | "unfit"> {
  try {
    const answer = await fetch(`/v1/events?${query}`, { method: "HEAD" });
    if (answer.ok) return "lost";
    const found = await problem(answer);
    if (found.status === 401 || found.status === 403) return "refused";
    return found.status >= 400 && found.status < 500 && found.status !== 429 ? "unfit" : "lost";
  } catch {
    return "lost";
  }
}
