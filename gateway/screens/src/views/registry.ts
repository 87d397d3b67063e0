// All views there are: each folder here with a view.ts is one.

import type { View } from "./view";

const found = import.meta.glob<{ default: View }>("./*/view.ts", { eager: true });

export const views: readonly View[] = Object.values(found)
  .map((one) => one.default)
  .sort((a, b) => (a.order ?? Infinity) - (b.order ?? Infinity));

/** The view of this name; the first one where there is none. */
export const viewNamed = (name: string): View | undefined =>
  views.find((view) => view.name === name) ?? views[0];
