// Something that says more about its content: by hover, by focus, by a tap; Escape closes it.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

const PAUSE = 350; // ms that a pointer rests on a word before more is said of it
const LINGER = 120; // ms: time to get from the word to what is said of it

export function Explained(props: {
  /** Made only when it is looked at. */
  more: () => ComponentChildren;
  class?: string;
  children: ComponentChildren;
  label?: string;
}) {
  const { isOpen, set, anchor, box, id } = usePopover<HTMLSpanElement>();
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      set(false, 0);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      set(!isOpen, 0);
    }
  };
  return (
    <span
      ref={anchor}
      class={`explained ${props.class ?? ""}`}
      tabIndex={0}
      role="button"
      aria-label={props.label}
      aria-expanded={isOpen}
      aria-describedby={isOpen ? id : undefined}
      onPointerEnter={(event) => event.pointerType === "mouse" && set(true, PAUSE)}
      onPointerLeave={() => set(false)}
      onClick={() => set(!isOpen, 0)}
      onBlur={() => set(false)}
      onKeyDown={onKeyDown}
    >
      {props.children}
      {isOpen && (
        <div
          ref={box}
          id={id}
          class="popover"
          popover="manual"
          role="tooltip"
          onPointerEnter={() => set(true, 0)}
          onClick={(event) => event.stopPropagation()}
        >
          {props.more()}
        </div>
      )}
    </span>
  );
}

/** A button of its own that tells more by hover and by Tab; a click does what it is for. */
export function ExplainedButton(props: {
  more: () => ComponentChildren;
  onClick: () => void;
  children: ComponentChildren;
}) {
  const { isOpen, set, anchor, box, id } = usePopover<HTMLButtonElement>();
  return (
    <>
      <button
        ref={anchor}
        type="button"
        aria-describedby={isOpen ? id : undefined}
        onPointerEnter={(event) => event.pointerType === "mouse" && set(true, PAUSE)}
        onPointerLeave={() => set(false)}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && set(true)}
        onBlur={() => set(false, 0)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !isOpen) return;
          event.stopPropagation();
          set(false, 0);
        }}
        onClick={() => {
          set(false, 0);
          props.onClick();
        }}
      >
        {props.children}
      </button>
      {isOpen && (
        <div
          ref={box}
          id={id}
          class="popover"
          popover="manual"
          role="tooltip"
          onPointerEnter={() => set(true, 0)}
          onPointerLeave={() => set(false)}
        >
          {props.more()}
        </div>
      )}
    </>
  );
}

/** A box that opens and closes a while after it is told to, beside its anchor. */
function usePopover<Anchor extends HTMLElement>() {
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<Anchor>(null);
  const box = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const id = useId();
  const set = (open: boolean, delay = LINGER) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(open), delay);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useLayoutEffect(() => {
    const node = box.current;
    if (!isOpen || !node) return;
    node.showPopover();
    place(node, anchor.current);
  }, [isOpen]);
  return { isOpen, set, anchor, box, id };
}

/** Below its anchor, or above where there is no room, and never outside of the window. */
export function place(node: HTMLElement, anchor: Element | null): void {
  if (!anchor) return;
  const at = anchor.getBoundingClientRect();
  const { width, height } = node.getBoundingClientRect();
  const left = Math.min(Math.max(at.left, 8), innerWidth - width - 8);
  const isBelow = at.bottom + height + 8 < innerHeight || at.top < innerHeight / 2;
  node.style.left = `${Math.max(left, 8)}px`;
  node.style.top = `${isBelow ? at.bottom + 5 : Math.max(at.top - height - 5, 8)}px`;
}
