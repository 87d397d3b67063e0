// Who looks. The gateway takes a key once and gives a cookie for it that no script can read, so no
// key is kept here; requests and the stream carry the cookie by themselves.

import { batch, effect, signal } from "@preact/signals";

export interface Session {
  /** Of the key; empty without one. */
  name: string;
  /** What it is good for; null without one. */
  scope: string | null;
}

export const session = signal<Session>({ name: "", scope: null });

/** Counts comings and goings: what was refused before is asked for again. */
export const visits = signal(0);

/** What was asked for that wants a key, or another one. */
export interface Refusal {
  status: number;
  /** What the key must be good for; null where the gateway does not say. */
  scope: string | null;
  /** What makes such a key; null where the gateway does not say. */
  made: string | null;
  /** What is wrong with the session or the key, where it is not the scope. */
  detail: string;
}

/** What the gateway refused for want of a key or of a scope; null while nothing is refused. */
export const refused = signal<Refusal | null>(null);

/** A refusal out of what the gateway tells programs: a reader types a key, and sends no header. */
export function refusalOf(status: number, detail: string): Refusal {
  return {
    status,
    scope: /scope `(\w+)`/.exec(detail)?.[1] ?? null,
    made: /make one with `([^`]+)`/.exec(detail)?.[1] ?? null,
    detail: (detail.split("; ")[0] ?? detail).replaceAll("`", ""),
  };
}

/** Resolves once a key is taken (true), or the reader goes on without one (false). */
export function keyGiven(): Promise<boolean> {
  const before = visits.value;
  return new Promise((resolve) => {
    const stop = effect(() => {
      const isGiven = visits.value !== before;
      if (!isGiven && refused.value !== null) return;
      queueMicrotask(() => stop());
      resolve(isGiven);
    });
  });
}

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
  batch(() => {
    refused.value = null;
    visits.value++;
  });
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
