// Alerts: what fires, what fired, what is quiet, what would fire.

import { SEVERITIES, useFiring } from "@/store/episodes";
import { change, href, parameter } from "@/router/router";
import { BellMenu } from "./BellMenu";
import { Detail } from "./Detail";
import { OpenList } from "./OpenList";
import { PastList } from "./PastList";
import { Rules } from "./Rules";
import { Silences } from "./Silences";
import "./alerts.css";

const TABS = [
  ["open", "Open"],
  ["past", "Past"],
  ["silences", "Silences"],
  ["rules", "Rules"],
] as const;

export default function Alerts() {
  const firing = useFiring();
  const tab = parameter("tab", "open");
  const episode = parameter("episode");
  const isList = tab === "open" || tab === "past";
  return (
    <div class="alerts">
      <div class="alerts-top">
        <h1 class="hidden">Alerts</h1>
        <nav class="choices" aria-label="Alerts">
          {TABS.map(([name, text]) => (
            <a
              key={name}
              href={href("alerts", { tab: name === "open" ? null : name })}
              aria-current={name === tab ? "page" : undefined}
            >
              {text}
              {name === "open" && firing && <span class="muted"> {firing.size}</span>}
            </a>
          ))}
        </nav>
        {isList && <Filters isOpen={tab === "open"} />}
        <div class="aside">
          <BellMenu />
        </div>
      </div>
      <div class={`alerts-panes ${isList && episode ? "has-detail" : ""}`}>
        {tab === "open" && <OpenList firing={firing} chosen={episode} />}
        {tab === "past" && <PastList chosen={episode} />}
        {tab === "silences" && <Silences />}
        {tab === "rules" && <Rules />}
        {isList && episode && <Detail episode={episode} firing={firing} key={episode} />}
      </div>
    </div>
  );
}

/** What of the list is shown, kept in the address. */
function Filters({ isOpen }: { isOpen: boolean }) {
  const severity = parameter("severity");
  return (
    <>
      <div class="choices" role="group" aria-label="Severity">
        {["", ...SEVERITIES].map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={severity === name}
            onClick={() => change({ severity: name })}
          >
            {name || "all"}
          </button>
        ))}
      </div>
      {isOpen && (
        <label class="check">
          <input
            type="checkbox"
            checked={parameter("attended") === "no"}
            onChange={(event) => change({ attended: event.currentTarget.checked ? "no" : null })}
          />
          unattended only
        </label>
      )}
      <input
        class="field"
        type="search"
        placeholder="Index or rule"
        aria-label="Search by index or rule"
        value={parameter("search")}
        onInput={(event) => change({ search: event.currentTarget.value })}
      />
    </>
  );
}

/** Whether an episode is among those that the filters ask for. */
export function isWanted(episode: {
  severity: string | null;
  index: string;
  rule: string;
}): boolean {
  const severity = parameter("severity");
  if (severity && episode.severity !== severity) return false;
  const text = `${episode.index} ${episode.rule}`.toLowerCase();
  return parameter("search")
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
