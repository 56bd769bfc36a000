/** @file Questions that have to be answered first: the browser's own dialog keeps focus and the Escape key right. */

import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { place } from "../router";
import { Button } from "./parts";

interface Props {
  readonly title: string;
  /** What closes it; without it the dialog stays, also where one goes elsewhere. */
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
  readonly class?: string;
}

/** A dialog; it is open as long as it is drawn. */
export function Dialog(props: Props): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const close = useRef(props.onClose);
  close.current = props.onClose;
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    // Who goes elsewhere has answered: a question about what is no longer on the screen makes no sense. Closed before the
    // next view is drawn, which could not be given the keyboard below it.
    const here = place.peek();
    const stop = place.subscribe((now) => {
      if (now === here || !close.current) return;
      dialog?.close();
      close.current();
    });
    return () => {
      stop();
      dialog?.close();
      const at = document.activeElement;
      if (before instanceof HTMLElement && before.isConnected && (at === null || at === document.body)) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${props.class ?? ""}`}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        props.onClose?.();
      }}
      onClick={(event) => event.target === element.current && props.onClose?.()}
    >
      <h2 id="dialog-title">{props.title}</h2>
      {props.children}
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  yes: string;
  no: string;
  danger: boolean;
  answer: (yes: boolean) => void;
}

const question = signal<Question | null>(null);

/** Asks before something is done that cannot be taken back; resolves with whether to. */
export function confirm(title: string, text: string, yes: string, { danger = true, no = "Keep it" } = {}): Promise<boolean> {
  question.peek()?.answer(false);
  return new Promise((resolve) => {
    question.value = {
      ...{ title, text, yes, no, danger },
      answer: (said) => {
        question.value = null;
        resolve(said);
      },
    };
  });
}

/** Where such questions are drawn; once, in the page's frame. */
export function Questions(): JSX.Element | null {
  const now = question.value;
  if (now === null) return null;
  return (
    <Dialog title={now.title} onClose={() => now.answer(false)}>
      <p>{now.text}</p>
      <div class="actions">
        <Button onClick={() => now.answer(false)}>{now.no}</Button>
        <Button look={now.danger ? "danger" : "main"} onClick={() => now.answer(true)}>
          {now.yes}
        </Button>
      </div>
    </Dialog>
  );
}
