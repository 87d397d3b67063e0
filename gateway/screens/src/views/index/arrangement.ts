// How the figures of a snapshot are arranged: by the headings of their cards, the important first.

import { cardAt, cards, figureAt, label } from "@/api/definitions";
import type { Card } from "@/api/types";

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const isTable = (value: unknown): value is Record<string, unknown>[] =>
  Array.isArray(value) && value.some(isMapping);

/** Dotted paths of what is no group itself, with what stands there. */
export function leaves(value: unknown, above = ""): [string, unknown][] {
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = above ? `${above}.${name}` : name;
    return isMapping(inner) ? leaves(inner, path) : ([[path, inner]] as [string, unknown][]);
  });
}

export interface Section {
  path: string;
  title: string;
  /** Paths of single figures, to be listed. */
  single: string[];
  /** Whether there are groups of figures, to be a table with a column for each. */
  hasGroups: boolean;
  /** Paths of lists of figures, to be tables with a row for each. */
  tables: string[];
}

/** The sections of a snapshot under each heading, the headings with the main figures first. */
export function arrangement(snapshot: unknown): { heading: string; sections: Section[] }[] {
  if (!isMapping(snapshot)) return [];
  const found = new Map<string, { rank: number; order: number; sections: Section[] }>();
  for (const [path, value] of Object.entries(snapshot)) {
    const of = cards().filter((card) => card.path === path || card.path.startsWith(`${path}.`));
    const first = of[0];
    if (!first) continue;
    const heading = first.group;
    const held = found.get(heading) ?? { rank: rankOf(heading), order: first.order, sections: [] };
    found.set(heading, {
      ...held,
      order: Math.min(held.order, first.order),
      sections: [...held.sections, sectionOf(path, value)],
    });
  }
  return [...found.entries()]
    .sort(([, a], [, b]) => a.rank - b.rank || a.order - b.order)
    .map(([heading, { sections }]) => ({ heading, sections }));
}

/** Headings with figures of the main table, then those with figures that can be better, then others. */
function rankOf(heading: string): number {
  const of: Card[] = cards().filter((card) => card.group === heading);
  return of.some((card) => card.column) ? 0 : of.some((card) => card.better) ? 1 : 2;
}

function sectionOf(path: string, value: unknown): Section {
  const inner = isMapping(value) ? Object.entries(value) : [];
  const at = (name: string) => `${path}.${name}`;
  return {
    path,
    title: cardAt(path)?.label ?? label(path),
    single: isMapping(value)
      ? inner.filter(([, one]) => !isMapping(one) && !isTable(one)).map(([name]) => at(name))
      : isTable(value)
        ? []
        : [path],
    hasGroups: inner.some(([, one]) => isMapping(one)),
    tables: isTable(value)
      ? [path]
      : inner.filter(([, one]) => isTable(one)).map(([name]) => at(name)),
  };
}

/** A table of groups: their names, and each row's path below a group with its name. */
export function matrix(
  snapshot: unknown,
  section: string,
): { names: string[]; rows: { below: string; text: string }[] } {
  const group = figureAt(snapshot, section);
  if (!isMapping(group)) return { names: [], rows: [] };
  const names = Object.keys(group).filter((name) => isMapping(group[name]));
  const below = [...new Set(names.flatMap((name) => leaves(group[name]).map(([path]) => path)))];
  const order = (path: string) => cardAt(`${section}.${names[0]}.${path}`)?.order ?? 0;
  return {
    names,
    rows: below
      .map((path, i) => ({ path, i }))
      .sort((a, b) => order(a.path) - order(b.path) || a.i - b.i)
      .map(({ path }) => ({ below: path, text: rowText(section, names[0] ?? "", path) })),
  };
}

/** "Beta · BTC" of `benchmarks.BTC.beta` below a window. */
function rowText(section: string, name: string, below: string): string {
  const full = `${section}.${name}.${below}`;
  const between = below
    .split(".")
    .slice(0, -1)
    .filter((part) => part !== "benchmarks");
  const isWild = cardAt(full)?.label === "*";
  return [
    isWild ? `${label(full)}` : label(full),
    ...between.map((part) => part.replaceAll("_", " ")),
  ].join(" · ");
}
