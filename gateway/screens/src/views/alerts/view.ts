import type { View } from "../view";

export default {
  name: "alerts",
  label: "Alerts",
  order: 40,
  load: () => import("./Alerts"),
} satisfies View;
