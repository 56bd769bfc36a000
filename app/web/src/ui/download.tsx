/** @file Saves a file of the server: a plain link where that is enough; else it is fetched with the token first. */

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { needsToken, send } from "../api/client";
import { token } from "../session";
import { at } from "../base";
import { Button, LinkButton } from "./parts";
import { attempt } from "./toasts";

const KEPT_MS = 60_000;

/** A button that saves, under a name, what is at a path of this server. */
export function Download(props: { href: string; name: string; look?: "main" | "plain" | "quiet"; children: ComponentChildren }): JSX.Element {
  const { href, name, look = "plain", children } = props;
  const [busy, set] = useState(false);
  if (!needsToken()) {
    return (
      <LinkButton look={look} href={at(href)} download={name}>
        {children}
      </LinkButton>
    );
  }
  const start = async (): Promise<void> => {
    set(true);
    await attempt(async () => saveAs(await (await send(href)).blob(), name));
    set(false);
  };
  return (
    <Button look={look} busy={busy} onClick={() => void start()}>
      {children}
    </Button>
  );
}

/** For a link to a page of this server in a new tab, which knows no token: it is given in the part of the address that is not sent. */
export function openTab(event: Event, address: string): void {
  if (!needsToken()) return;
  event.preventDefault();
  window.open(`${address}#token=${encodeURIComponent(token.value)}`, "_blank", "noopener");
}

/** Has the browser save what the page has. */
export function saveAs(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser reads it after the click; when it has done so, nobody tells.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
