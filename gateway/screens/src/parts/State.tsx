// How the connection and the gateway are, what time it is, and what the reader can set.

import { leave, session } from "@/api/key";
import { duration } from "@/format/numbers";
import { clock, date, moment, shortMoment, zoneName } from "@/format/time";
import { gatewayNow, now } from "@/store/clock";
import { connection, health, lostAt, moved, newest, told } from "@/store/market";
import { theme, zone } from "@/store/settings";
import { Menu } from "./Menu";
import { Choices, Pill, type PillTone } from "./parts";

/** ms without a figure after which a page says so. */
export const QUIET = 10_000;
const MOVING = 4_000; // ms for which figures count as moving
const REMEMBERED = 20_000; // ms for which a word of the stream stands
const LATE = 2; // s of lag from which the gateway is catching up, as its statuses have it

export function Time() {
  const at = now.value;
  return (
    <time title={moment(at, zone.value)} dateTime={new Date(at).toISOString()}>
      {date(at, zone.value)} {clock(at, zone.value)} {zoneName(zone.value)}
    </time>
  );
}

/** ms since the newest figure, by the gateway's clock. */
export function silence(): number {
  return newest.value ? Math.max(now.value - Date.parse(newest.value), 0) : 0;
}

function standing(): { text: string; tone: PillTone; isBusy: boolean } {
  switch (connection.value) {
    case "connecting":
      return { text: "connecting", tone: "", isBusy: true };
    case "reconnecting": {
      const since = lostAt.value === null ? 0 : (Date.now() - lostAt.value) / 1000;
      return {
        text: `disconnected ${now.value ? duration(since) : ""}`,
        tone: "loss",
        isBusy: true,
      };
    }
    case "refused":
      return { text: "no permission", tone: "loss", isBusy: false };
    case "catching_up":
      return { text: "catching up", tone: "accent", isBusy: true };
    case "live":
      return standingOfFigures();
  }
}

/** Connected: how new the figures are. Old ones that move are those of a log that is read up. */
function standingOfFigures(): { text: string; tone: PillTone; isBusy: boolean } {
  const isMoving = Date.now() - moved.at < MOVING;
  const lag = health.value?.lag_seconds ?? 0;
  const quiet = silence();
  if (isMoving && (lag > LATE || quiet > QUIET))
    return { text: "catching up", tone: "accent", isBusy: true };
  if (quiet > QUIET)
    return { text: `no figures for ${duration(quiet / 1000)}`, tone: "warn", isBusy: false };
  return { text: "live", tone: "gain", isBusy: false };
}

export function Connection() {
  const { text, tone, isBusy } = standing();
  const at = newest.value;
  return (
    <span
      role="status"
      id="connection"
      title={at ? `newest figure ${moment(at, zone.value)}` : undefined}
    >
      <Pill tone={tone} isBusy={isBusy} hasDot>
        {text}
      </Pill>
    </span>
  );
}

/** What is wrong with the gateway or the way to it, in its words. */
export function Notices() {
  const { reasons = [], notes = [] } = health.value ?? {};
  const lost = lostAt.value;
  const word = told.value;
  const isFresh = word && now.value && Date.now() - word.at < REMEMBERED;
  const said = [...reasons, ...notes];
  return (
    <>
      {lost !== null && connection.value === "reconnecting" && (
        <div class="notice" data-tone="loss" role="status">
          The gateway does not answer. What is shown is of{" "}
          {shortMoment(newest.value, zone.value, gatewayNow())}; it goes on by itself once the
          gateway is back.
        </div>
      )}
      {said.length > 0 && (
        <div class="notice" role="status" id="notice">
          {said.join(" · ")}
        </div>
      )}
      {isFresh && (
        <div class="notice" data-tone="accent" role="status">
          {word.text}
        </div>
      )}
    </>
  );
}

/** Colours, zone and key. */
export function Settings() {
  return (
    <Menu label="Settings" class="settings" isPlain>
      {() => (
        <>
          <div>
            Colours
            <Choices
              label="Colours"
              of={[
                ["auto", "Auto"],
                ["light", "Light"],
                ["dark", "Dark"],
              ]}
              chosen={theme.value}
              choose={(name) => (theme.value = name)}
            />
          </div>
          <div>
            Times
            <Choices
              label="Times"
              of={[
                ["utc", "UTC"],
                ["local", "Local"],
              ]}
              chosen={zone.value}
              choose={(name) => (zone.value = name)}
            />
          </div>
          {session.value.scope && (
            <div>
              <span>
                Key <b>{session.value.name}</b>, {session.value.scope}
              </span>
              <button type="button" class="button" onClick={() => void leave()}>
                Log out
              </button>
            </div>
          )}
        </>
      )}
    </Menu>
  );
}
