// The API key of who looks, where the gateway asks for one. It lives as long as the tab.

import { signal } from "@preact/signals";

const PLACE = "tidegauge.key";

const held = (): string => {
  try {
    return sessionStorage.getItem(PLACE) ?? "";
  } catch {
    return ""; // storage is forbidden: a key holds until the page is left
  }
};

export const key = signal(held());

/** What the gateway refused for want of a key or of a scope; null while nothing is refused. */
export const refused = signal<{ status: number; detail: string } | null>(null);

export function useKey(text: string): void {
  key.value = text.trim();
  refused.value = null;
  try {
    if (key.value) sessionStorage.setItem(PLACE, key.value);
    else sessionStorage.removeItem(PLACE);
  } catch {
    // as above
  }
}

/** The header that carries the key. */
export const authorization = (): Record<string, string> =>
  key.value ? { Authorization: `Bearer ${key.value}` } : {};
