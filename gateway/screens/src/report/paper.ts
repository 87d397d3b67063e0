// Paper: its width while charts are drawn for it, light colours, and what stands on every page.

import { date } from "@/format/time";
import { paint } from "@/store/settings";
import type { Report } from "./data";

/** What stands at the foot of each page: what it is of, as of when, and by which numbers. */
export const footLine = (found: Report): string =>
  [
    `figures as of ${found.as_of.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC")}`,
    `tidegauge ${found.program}, numbers ${found.numbers}`,
    `cards ${found.cards.slice(0, 12)}`,
    ...found.indices
      .slice(0, 3)
      .map(({ index, sha256 }) => `${index} ${(sha256 ?? "").slice(0, 12)}`),
  ].join("  ·  ");

/** The time that a report is of, in words. */
export function periodText(found: Report): string {
  const { name, from, to } = found.period;
  if (name) return name;
  const begin = from ?? found.indices.map((one) => one.from).sort()[0];
  return `${date(begin, "utc")} to ${date(to ?? found.as_of, "utc")}`;
}

export function preparePaper(found: Report): void {
  const names = found.indices.map(({ index, name }) =>
    name === index ? name : `${name} (${index})`,
  );
  const quoted = (text: string) => `"${text.replace(/["\\\n]/g, " ")}"`;
  const sheet = new CSSStyleSheet();
  const type = "font: 8px system-ui, sans-serif; color: #4e5e6b;";
  sheet.replaceSync(`@page {
    @top-left { content: ${quoted(names.join(", ").slice(0, 90))}; ${type} }
    @top-right { content: ${quoted(periodText(found))}; ${type} }
    @bottom-left { content: ${quoted(footLine(found))}; ${type} white-space: nowrap; }
    @bottom-right { content: counter(page) " / " counter(pages); ${type} }
  }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const root = document.documentElement;
  // Before the charts hear of it: they are drawn as wide as paper is, in its colours.
  addEventListener("beforeprint", () => {
    root.dataset["paper"] = "";
    paint.value++;
  });
  addEventListener("afterprint", () => {
    delete root.dataset["paper"];
    paint.value++;
  });
}
