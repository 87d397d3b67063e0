// How an index stands, in a word that has a form and a meaning of its own.

import { flagMeaning, flagText, statusMeaning } from "@/format/words";
import { Pill } from "./parts";

const TONES: Record<string, "gain" | "warn" | "loss" | "accent"> = {
  live: "gain",
  degraded: "warn",
  stale: "loss",
  warming: "accent",
};

/** The tone of a status; none of one that is not known. */
export const statusTone = (status: string | null) => TONES[status ?? ""];

export function Status({ status }: { status: string | null }) {
  return (
    <Pill tone={statusTone(status) ?? ""} title={statusMeaning(status)} hasDot>
      {status ?? "no data"}
    </Pill>
  );
}

/** Quality flags; several are one pill that says how many. */
export function Flags({ flags, most = 1 }: { flags: readonly string[]; most?: number }) {
  if (!flags.length) return null;
  const shown = flags.slice(0, most);
  const rest = flags.slice(most);
  return (
    <>
      {shown.map((flag) => (
        <Pill key={flag} tone="doubt" title={flagMeaning(flag)}>
          {flagText(flag)}
        </Pill>
      ))}
      {rest.length > 0 && (
        <Pill
          tone="doubt"
          title={rest.map((flag) => `${flagText(flag)}: ${flagMeaning(flag)}`).join("\n")}
        >
          +{rest.length}
        </Pill>
      )}
    </>
  );
}
