// How bad an alarm is, in a word and a colour.

import type { SeverityName } from "@/store/episodes";
import { Pill, type PillTone } from "./parts";

const TONES: Record<SeverityName, PillTone> = {
  critical: "loss",
  warning: "warn",
  info: "accent",
};

export function Severity({ of }: { of: string | null }) {
  return (
    <Pill tone={TONES[of as SeverityName] ?? ""} hasDot>
      {of ?? "unknown"}
    </Pill>
  );
}
