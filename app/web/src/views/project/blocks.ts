/** @file What a generator says, cut into text and code, as it comes: a fence may still be open. */

/** A part of a message. */
export interface Block {
  readonly kind: "text" | "code";
  readonly text: string;
}

const FENCE = /^\s{0,3}(`{3,}|~{3,})/;

/** Cuts a message at its code fences; what is between them is text with its line breaks. */
export function blocks(message: string): Block[] {
  const found: Block[] = [];
  let lines: string[] = [];
  let fence = "";
  const put = (kind: Block["kind"]): void => {
    const text = lines.join("\n");
    const shown = kind === "code" ? text : text.replace(/^\n+|\s+$/g, "");
    if (shown || kind === "code") found.push({ kind, text: shown });
    lines = [];
  };
  for (const line of message.split("\n")) {
    const mark = FENCE.exec(line)?.[1] ?? "";
    const opens = fence === "" && mark !== "";
    const closes = fence !== "" && mark.startsWith(fence) && line.trim() === mark;
    if (!opens && !closes) lines.push(line);
    if (opens) put("text");
    if (closes) put("code");
    if (opens) fence = mark;
    if (closes) fence = "";
  }
  put(fence === "" ? "text" : "code");
  return found;
}

/** A part of a text. */
export interface Span {
  readonly kind: "plain" | "code" | "strong" | "link";
  readonly text: string;
}

/** Cuts a text at `code`, **emphasis** and addresses; what is none of them stays as it was written. */
export function spans(text: string): Span[] {
  return text
    .split(/(`[^`\n]+`|\*\*[^*\n]+\*\*|https?:\/\/[^\s<>"'`)\]]*[^\s<>"'`)\].,;:!?])/)
    .filter((part) => part !== "")
    .map((part) => {
      if (/^`[^`]+`$/.test(part)) return { kind: "code", text: part.slice(1, -1) };
      if (/^\*\*[^*]+\*\*$/.test(part)) return { kind: "strong", text: part.slice(2, -2) };
      return { kind: /^https?:\/\//.test(part) ? "link" : "plain", text: part };
    });
}
