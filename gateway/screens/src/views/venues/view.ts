import type { View } from "../view";

export default {
  name: "venues",
  label: "Venues",
  order: 50,
  load: () => import("./Venues"),
} satisfies View;
