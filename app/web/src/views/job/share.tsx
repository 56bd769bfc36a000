/** @file A link to one model for others. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { send } from "../../api/client";
import { at } from "../../base";
import { Dialog } from "../../ui/dialog";
import { Button, Trouble } from "../../ui/parts";
import { useSubmit } from "../../ui/submit";

const DAY_S = 86_400;
const CHOICES = [
  { seconds: DAY_S, title: "1 day" },
  { seconds: 7 * DAY_S, title: "1 week" },
  { seconds: 30 * DAY_S, title: "1 month" },
];

/** Asks for how long, makes the link, and has it copied. */
export function Share({ id, onClose }: { id: string; onClose: () => void }): JSX.Element {
  const [seconds, setSeconds] = useState(7 * DAY_S);
  const [made, setMade] = useState<{ address: string; expires: string } | null>(null);
  const { busy, failure, start } = useSubmit("run");
  const make = async (): Promise<void> => {
    const options = { method: "POST", body: JSON.stringify({ seconds }), headers: { "Content-Type": "application/json" } };
    const answer = (await (await send(`/jobs/${encodeURIComponent(id)}/share`, options)).json()) as { path: string; expires: string };
    setMade({ address: at(answer.path), expires: answer.expires });
  };
  return (
    <Dialog title="Share this model" onClose={onClose} class="job-share">
      {made ? <Made {...made} /> : <Choices value={seconds} onChange={setSeconds} />}
      {failure.value !== null && <Trouble error={failure.value} />}
      <div class="actions">
        <Button onClick={onClose}>Close</Button>
        {!made && (
          <Button look="main" needs="run" busy={busy.value} onClick={() => start(make)}>
            Make the link
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function Choices({ value, onChange }: { value: number; onChange: (seconds: number) => void }): JSX.Element {
  return (
    <>
      <p>
        Whoever has the link can look at this one model and download it, without a token and from anywhere that reaches this server. It lets them see or do
        nothing else here.
      </p>
      <fieldset class="job-days">
        <legend class="label">It works for</legend>
        {CHOICES.map((choice) => (
          <label key={choice.seconds}>
            <input type="radio" name="share-seconds" checked={choice.seconds === value} onChange={() => onChange(choice.seconds)} />
            {choice.title}
          </label>
        ))}
      </fieldset>
      <p class="hint">A link cannot be taken back before that, except by removing the job.</p>
    </>
  );
}

function Made({ address, expires }: { address: string; expires: string }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState("");
  // At once: the button that had the keyboard has just gone.
  useLayoutEffect(() => input.current?.focus(), []);
  const until = new Date(expires).toLocaleString("en", { dateStyle: "long", timeStyle: "short" });
  return (
    <>
      <p>
        Whoever has this link can look at this one model and download it until <time dateTime={expires}>{until}</time>.
      </p>
      <label class="label" for="share-link">
        The link
      </label>
      <div class="job-link">
        <input id="share-link" ref={input} readOnly value={address} onFocus={(event) => event.currentTarget.select()} />
        <Button look="main" onClick={() => void copy(address, input.current).then(setSaid)}>
          Copy
        </Button>
      </div>
      <p class="hint" role="status">
        {said}
      </p>
    </>
  );
}

/** Copies, and says so; on a page without HTTPS a browser has only the old way. */
async function copy(text: string, input: HTMLInputElement | null): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    input?.select();
    if (!document.execCommand("copy")) return "The browser does not let the page copy. The link is selected: copy it with Ctrl and C.";
  }
  return "The link was copied.";
}
