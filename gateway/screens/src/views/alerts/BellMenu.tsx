// Whether a new alarm sounds, and whether the browser says it.

import { Menu } from "@/parts/Menu";
import { Choices } from "@/parts/parts";
import { askToNotify, bell, isMuted, permission, play } from "@/store/bell";
import { SEVERITIES } from "@/store/episodes";

export function BellMenu() {
  const { sound, notify, least } = bell.value;
  const rings = [sound && "sound", notify && "notifications"].filter(Boolean).join(", ");
  return (
    <Menu label={`Ring: ${rings || "off"}`} class="bell">
      {() => (
        <>
          <label class="check">
            <input
              type="checkbox"
              checked={sound}
              onChange={(event) => {
                bell.value = { ...bell.value, sound: event.currentTarget.checked };
                if (event.currentTarget.checked) void play(1);
              }}
            />
            Sound
            <button type="button" class="button" onClick={() => void play(0)}>
              Try it
            </button>
          </label>
          {isMuted.value && (
            <p class="muted">The browser sounds nothing before you click the page.</p>
          )}
          <label class="check">
            <input
              type="checkbox"
              checked={notify}
              disabled={permission.value === "denied" || permission.value === "missing"}
              onChange={async (event) => {
                const wanted = event.currentTarget.checked;
                bell.value = { ...bell.value, notify: wanted && (await askToNotify()) };
              }}
            />
            Notifications of the browser
          </label>
          {permission.value === "denied" && (
            <p class="muted">The browser does not let this page notify; its settings can.</p>
          )}
          {permission.value === "missing" && <p class="muted">This browser has none.</p>}
          <div>
            From
            <Choices
              label="The mildest severity that rings"
              of={SEVERITIES.map((name) => [name, name] as const)}
              chosen={least}
              choose={(name) => (bell.value = { ...bell.value, least: name })}
            />
          </div>
          <p class="muted">
            It rings while this page is open. To be told elsewhere: <code>tidegauge notify</code>.
          </p>
        </>
      )}
    </Menu>
  );
}
