import type { View } from "../view";

export default {
  name: "overview",
  label: "Overview",
  order: 10,
  isTall: true,
  load: () => import("./Overview"),
} satisfies View;
