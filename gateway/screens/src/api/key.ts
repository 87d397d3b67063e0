// Who looks. The gateway takes a key once and gives a cookie for it that no script can read, so no
// key is kept here; requests and the stream carry the cookie by themselves.

import { signal } from "@preact/signals";

export interface Session {
  /** Of the key; empty without one. */
  name: string;
  /** What it is good for; null without one. */
  scope: string | null;
}

export const session = signal<Session>({ name: "", scope: null });

/** Counts comings and goings: what was refused before is asked for again. */
export const visits = signal(0);

/** What the gateway refused for want of a key or of a scope; null while nothing is refused. */
export const refused = signal<{ status: number; detail: string } | null>(null);

const told = (answer: Response): Promise<Partial<Session> & { detail?: string }> =>
  answer.json().catch(() => ({})) as Promise<Partial<Session> & { detail?: string }>;

/** Begin a session; what is wrong with the key, or null. */
export async function enter(key: string): Promise<string | null> {
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch("/v1/session", {
      method: "POST",
      headers,
      body: JSON.stringify({ key: key.trim() }),
    });
    const { name = "", scope = null, detail } = await told(answer);
    if (!answer.ok) return detail ?? `the gateway answered ${answer.status}`;
    session.value = { name, scope };
  } catch {
    return "the gateway does not answer";
  }
  refused.value = null;
  visits.value++;
  return null;
}

/** End the session. */
export async function leave(): Promise<void> {
  await fetch("/v1/session", { method: "DELETE" }).catch(() => null);
  session.value = { name: "", scope: null };
  visits.value++;
}

/** Ask who looks. */
export async function loadSession(): Promise<void> {
  const answer = await fetch("/v1/session").catch(() => null);
  if (!answer?.ok) return;
  const { name = "", scope = null } = await told(answer);
  session.value = { name, scope };
}
