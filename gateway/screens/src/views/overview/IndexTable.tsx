// The table of all indices, and what is shown of it: search, list, group, period, columns, order.
// All of that stands in the address.

import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import { definedIndices, definitions, wantIndices } from "@/api/definitions";
import { statusMeaning } from "@/format/words";
import { Choices, Empty } from "@/parts/parts";
import { change, go, parameter } from "@/router/router";
import { figuresChanged, followFigures } from "@/store/figures";
import { linesChanged, wantLines } from "@/store/lines";
import { alarms } from "@/store/episodes";
import { changed, isArriving, roster, rows, type Row } from "@/store/market";
import { isNarrow } from "@/store/settings";
import { watchlists } from "@/store/watchlists";
import { parseSort } from "@/table/sorting";
import { VirtualTable } from "@/table/VirtualTable";
import { Alarms } from "./Alarms";
import { ColumnPicker } from "./ColumnPicker";
import { isInRows, periodLabel, periods, tableColumns, usualColumns } from "./columns";
import { arranged } from "./order";
import { Lists } from "./Lists";
import "./overview.css";

const GROUPS = ["status", "weighting", "rebalance", "benchmark"] as const;

export function IndexTable() {
  const period = parameter("period", "1d");
  const list = parameter("list");
  const group = parameter("group");
  const search = parameter("search");
  const status = parameter("status");
  const chosen = parameter("columns");
  const order = parameter("sort");
  const field = useRef<HTMLInputElement>(null);

  const paths = useMemo(
    () => (chosen ? chosen.split(",") : usualColumns(period)),
    [chosen, period, definitions.value],
  );
  const sort = useMemo(() => parseSort(order), [order]);
  const narrow = isNarrow.value;
  const columns = useMemo(
    () => tableColumns(paths, period, list, narrow),
    [paths, period, list, narrow],
  );

  useEffect(() => followFigures(paths.filter((path) => !isInRows(path))), [paths]);
  useEffect(() => () => followFigures([]), []);
  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      const at = event.target as Element | null;
      if (event.key !== "/" || at?.closest("input, textarea, select")) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", find);
    return () => removeEventListener("keydown", find);
  }, []);

  useEffect(() => {
    if (group && group !== "status") wantIndices();
  }, [group, roster.value]);

  // Each of these makes the table look again; a figure that moves moves its row only if sorted by it.
  const version = [
    changed.value,
    figuresChanged.value,
    roster.value,
    alarms.value,
    watchlists.value,
    definedIndices.value,
  ];
  const shown = useMemo(
    () => arranged(rows.values(), { search, list, status, sort, group, groupOf: groupOf(group) }),
    [search, list, status, sort, group, ...version],
  );

  const onSort = useCallback(
    (column: string) => {
      const isText = column === "index" || column === "status";
      const [first, second] = isText ? (["up", "down"] as const) : (["down", "up"] as const);
      const held = sort?.column === column ? sort.direction : null;
      const next = held === null ? first : held === first ? second : null;
      change({ sort: next && `${column}:${next}` });
    },
    [sort],
  );
  const onOpen = useCallback((row: Row) => go("index", { id: row.index }), []);
  const onSeen = useCallback(
    (seen: Row[]) =>
      wantLines(
        seen.map((row) => row.index),
        period,
      ),
    [period],
  );

  return (
    <div class="overview">
      <Alarms />
      <section class="card overview-card" aria-label="Indices">
        <div class="card-head">
          <h1>Indices</h1>
          <Statuses chosen={status} />
          {isArriving.value && (
            <span class="muted" role="status">
              loading the others …
            </span>
          )}
          <input
            ref={field}
            class="field"
            type="search"
            placeholder="Search   /"
            aria-label="Search indices by id or name"
            value={search}
            onInput={(event) => change({ search: event.currentTarget.value })}
          />
          <Lists chosen={list} />
          <label class="muted">
            Group{" "}
            <select
              class="field"
              value={group}
              onChange={(event) => change({ group: event.currentTarget.value })}
            >
              <option value="">none</option>
              {GROUPS.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <div class="aside">
            <Choices
              label="Period of change and line"
              of={periods().map((name) => [name, periodLabel(name)] as const)}
              chosen={period}
              choose={(name) => change({ period: name === "1d" ? null : name })}
            />
            <ColumnPicker
              chosen={paths}
              choose={(found) => change({ columns: found?.join(",") ?? null })}
            />
          </div>
        </div>
        {shown.length ? (
          <VirtualTable
            label="Indices"
            columns={columns}
            rows={shown}
            idOf={idOf}
            sort={sort}
            onSort={onSort}
            onOpen={onOpen}
            onSeen={onSeen}
            version={linesChanged.value}
          />
        ) : (
          <Empty title="No index is like that">
            <button
              type="button"
              class="button"
              onClick={() => change({ search: null, list: null, status: null })}
            >
              Show all {rows.size}
            </button>
          </Empty>
        )}
      </section>
    </div>
  );
}

const idOf = (row: Row): string => row.index;

function groupOf(group: string): (row: Row) => string {
  if (group === "status") return (row) => row.status ?? "no data";
  const defined = definedIndices.value ?? {};
  const told = (row: Row) => (defined[row.index]?.definition ?? {}) as Record<string, unknown>;
  if (group === "benchmark") {
    return (row) => {
      const found = told(row)["benchmarks"];
      return Array.isArray(found) && found.length ? `against ${found.join(", ")}` : "no benchmark";
    };
  }
  return (row) => String(told(row)[group] ?? "not known");
}

/** How many indices have which status; a click shows these alone. */
function Statuses({ chosen }: { chosen: string }) {
  const counts = new Map<string, number>();
  for (const { status } of rows.values())
    counts.set(status ?? "none", (counts.get(status ?? "none") ?? 0) + 1);
  return (
    <div class="choices" role="group" aria-label="Status">
      <button type="button" aria-pressed={!chosen} onClick={() => change({ status: null })}>
        All {rows.size.toLocaleString("en")}
      </button>
      {["live", "degraded", "stale", "warming", "none"]
        .filter((name) => counts.has(name))
        .map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={chosen === name}
            title={statusMeaning(name)}
            onClick={() => change({ status: chosen === name ? null : name })}
          >
            {name === "none" ? "no data" : name} {counts.get(name)?.toLocaleString("en")}
          </button>
        ))}
    </div>
  );
}
