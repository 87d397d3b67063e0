// What a view says of itself. A view is a folder beside this file whose view.ts gives one of these
// as its default; it is found by itself, and no other file names it.

import type { ComponentType } from "preact";

export interface View {
  /** Its name in the address; the one with the lowest order stands at the bare address, too. */
  name: string;
  label: string;
  /** Its place in the navigation; null where it is not in it. */
  order: number | null;
  /** Fills the whole screen, without the head and foot of the others. */
  isBare?: boolean;
  /** Is as high as the window and scrolls within itself. */
  isTall?: boolean;
  load: () => Promise<{ default: ComponentType }>;
}
