// Where the page stands, all of it in the query of the address: `?view=index&id=TOP3&range=1y`.

import { computed, signal } from "@preact/signals";

const read = (): URLSearchParams => new URLSearchParams(location.search);

const place = signal(read());

/** The parameters of the address. */
export const parameters = computed(() => place.value);
/** The view that is shown; "" for the first one. */
export const viewName = computed(() => place.value.get("view") ?? "");

addEventListener("popstate", () => {
  place.value = read();
});

export type Parameters = Record<string, string | null | undefined>;

/** The address of a view with these parameters. */
export function href(view: string, asked: Parameters = {}): string {
  const found = new URLSearchParams();
  if (view) found.set("view", view);
  for (const [name, value] of Object.entries(asked)) if (value) found.set(name, value);
  return found.size ? `?${found}` : location.pathname;
}

/** Go to a view. */
export function go(view: string, asked: Parameters = {}): void {
  history.pushState(null, "", href(view, asked));
  place.value = read();
  scrollTo(0, 0);
}

/** Change some parameters of the address and stay; those that are null or "" go. */
export function change(asked: Parameters): void {
  const found = read();
  for (const [name, value] of Object.entries(asked)) {
    if (value) found.set(name, value);
    else found.delete(name);
  }
  history.replaceState(null, "", found.size ? `?${found}` : location.pathname);
  place.value = found;
}

/** A parameter of the address, or what stands for it. */
export const parameter = (name: string, otherwise = ""): string =>
  place.value.get(name) ?? otherwise;

/** Let clicks on links of ours move within the page; with a key held they open elsewhere. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    const to = link?.getAttribute("href");
    if (!link || !to?.startsWith("?") || link.target) return;
    event.preventDefault();
    const view = new URLSearchParams(to).get("view");
    const isSame = view === read().get("view");
    history.pushState(null, "", to);
    place.value = read();
    if (!isSame) scrollTo(0, 0);
  });
}
