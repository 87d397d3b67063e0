import type { View } from "../view";

export default {
  name: "index",
  label: "Index",
  order: null,
  load: () => import("./IndexView"),
} satisfies View;
