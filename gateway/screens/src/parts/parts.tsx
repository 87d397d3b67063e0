// Small parts that every view uses.

import type { ComponentChildren } from "preact";

export type PillTone = "gain" | "loss" | "warn" | "doubt" | "accent" | "";

export function Pill(props: {
  tone?: PillTone;
  title?: string;
  isBusy?: boolean;
  hasDot?: boolean;
  children: ComponentChildren;
}) {
  const { tone = "", title, isBusy = false, hasDot = false, children } = props;
  return (
    <span class={isBusy ? "pill is-busy" : "pill"} data-tone={tone} title={title}>
      {hasDot && <span class="dot" aria-hidden="true" />}
      {children}
    </span>
  );
}

/** One of some choices, as a row of buttons. */
export function Choices<T extends string>(props: {
  label: string;
  of: readonly (readonly [T, string])[];
  chosen: T;
  choose: (name: T) => void;
}) {
  return (
    <div class="choices" role="group" aria-label={props.label}>
      {props.of.map(([name, text]) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === props.chosen}
          onClick={() => props.choose(name)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** A titled part of a view. */
export function Panel(props: {
  title: string;
  aside?: ComponentChildren;
  id?: string;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <section class={`card ${props.class ?? ""}`} aria-label={props.title} id={props.id}>
      <div class="card-head">
        <h2>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

/** That there is nothing to show, and why. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty" role="status">
      <b>{title}</b>
      {children && <div>{children}</div>}
    </div>
  );
}

/** Room for what is on its way. */
export function Loading({ height = 120, label = "loading" }: { height?: number; label?: string }) {
  return (
    <div role="status" class="card-body">
      <span class="hidden">{label}</span>
      <div class="skeleton" style={{ height: `${height}px` }} />
    </div>
  );
}
