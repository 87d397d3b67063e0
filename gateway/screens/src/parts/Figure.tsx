// A figure with all that is to be known of it: its card, and why it is undefined.

import { cardAt, label, reasonAt } from "@/api/definitions";
import type { Card } from "@/api/types";
import { figureText, tone } from "@/format/figure";
import { NONE } from "@/format/numbers";
import { zone } from "@/store/settings";
import { Explained } from "./Popover";

/** A figure's definition card. */
export function CardText({ card, path }: { card: Card; path: string }) {
  const parts: [string, string][] = [
    ["Formula", card.formula],
    ["Unit", card.unit],
    ["Sign", card.sign],
    ["Annualised", card.annualisation],
    ["ddof", card.ddof],
    ["At least", card.minimum],
    ["Undefined", card.undefined],
    ["Read as", card.reading],
    ["Reference", card.reference],
    ["Path", path],
  ];
  return (
    <div class="figure-card">
      <h4>{label(path)}</h4>
      <dl>
        {parts
          .filter(([, text]) => text)
          .map(([name, text]) => [<dt key={name}>{name}</dt>, <dd key={`${name}:`}>{text}</dd>])}
      </dl>
    </div>
  );
}

/** The name of a figure; what it means comes by hover, focus or tap. */
export function FigureName({ path, text }: { path: string; text?: string }) {
  const card = cardAt(path);
  const name = text ?? label(path);
  if (!card) return <>{name}</>;
  return <Explained more={() => <CardText card={card} path={path} />}>{name}</Explained>;
}

const MIDNIGHT = /^\d{4}-\d\d-\d\dT00:00:00Z$/;

/** The value of a figure; where it is undefined a dash that says why. */
export function FigureValue(props: {
  path: string;
  value: unknown;
  reasons?: Record<string, string> | null;
  /** Its standard error, in the unit of the figure. */
  error?: unknown;
  /** A time at 00:00 UTC, as those of daily closes are, is told by its date alone. */
  isDay?: boolean;
}) {
  const { path, value, reasons, error, isDay = false } = props;
  const isMidnight = isDay && typeof value === "string" && MIDNIGHT.test(value);
  const text = isMidnight ? value.slice(0, 10) : figureText(path, value, zone.value);
  if (text === NONE) {
    const why = reasonAt(reasons, path);
    return (
      <Explained class="none" label={`undefined: ${why}`} more={() => why}>
        {NONE}
      </Explained>
    );
  }
  return (
    <span class={tone(path, value)}>
      {text}
      {typeof error === "number" && (
        <span class="muted"> ± {figureText(path, error, zone.value)}</span>
      )}
    </span>
  );
}
