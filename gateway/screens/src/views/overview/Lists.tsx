// Which watchlist is shown; lists are made and deleted here.

import { useRef } from "preact/hooks";
import { Menu } from "@/parts/Menu";
import { change } from "@/router/router";
import { addWatchlist, removeWatchlist, watchlists } from "@/store/watchlists";

export function Lists({ chosen }: { chosen: string }) {
  const name = useRef<HTMLInputElement>(null);
  const lists = Object.entries(watchlists.value);
  return (
    <Menu label={chosen ? `★ ${chosen}` : "All lists"} class="lists">
      {() => (
        <>
          <ul>
            <li>
              <button
                type="button"
                class="button is-plain"
                aria-pressed={!chosen}
                onClick={() => change({ list: null })}
              >
                All indices
              </button>
            </li>
            {lists.map(([list, indices]) => (
              <li key={list}>
                <button
                  type="button"
                  class="button is-plain"
                  aria-pressed={chosen === list}
                  onClick={() => change({ list })}
                >
                  ★ {list} <span class="muted">{indices.length}</span>
                </button>
                <button
                  type="button"
                  class="button is-plain"
                  title={`delete the list ${list}`}
                  onClick={() => {
                    removeWatchlist(list);
                    if (chosen === list) change({ list: null });
                  }}
                >
                  ✕<span class="hidden"> delete the list {list}</span>
                </button>
              </li>
            ))}
          </ul>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              const text = name.current?.value.trim() ?? "";
              addWatchlist(text);
              if (text) change({ list: text });
            }}
          >
            <input
              ref={name}
              class="field"
              placeholder="New list"
              aria-label="Name of a new watchlist"
              maxLength={40}
            />
            <button type="submit" class="button">
              Add
            </button>
          </form>
        </>
      )}
    </Menu>
  );
}
