import type { View } from "../view";

export default {
  name: "wall",
  label: "Wall",
  order: 60,
  isBare: true,
  load: () => import("./Wall"),
} satisfies View;
