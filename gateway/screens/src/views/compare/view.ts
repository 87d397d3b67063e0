import type { View } from "../view";

export default {
  name: "compare",
  label: "Compare",
  order: 30,
  load: () => import("./Compare"),
} satisfies View;
