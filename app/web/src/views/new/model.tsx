/** @file From photos to a model: picked, looked at, sent, and made a job of. */

import { signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { send } from "../../api/client";
import { go, place, to } from "../../router";
import { useLoad } from "../../ui/load";
import { Button, Loading, Trouble } from "../../ui/parts";
import { type Problems, problemsOf } from "../../ui/submit";
import { say } from "../../ui/toasts";
import { Parameters } from "../../upload/fields";
import type { Picked } from "../../upload/gather";
import { add, clear, current, leftOut, photos } from "../../upload/draft";
import { fieldsOf, initialValues, read, type Values } from "../../upload/schema";
import { advice, type Limits, refusalOfAll, taken, tooFew, type Wanting } from "../../upload/limits";
import { type Order, server } from "../../upload/transport";
import { Upload } from "../../upload/upload";
import { count, plural, size } from "../../words";
import { Choice, first, type Option } from "./choice";
import { Drop, useDrop } from "./drop";
import { Grid } from "./grid";
import { Sending } from "./sending";

interface Engine extends Option, Wanting {
  readonly parameters: unknown;
}

interface Engines {
  readonly default: string;
  readonly engines: readonly Engine[];
  readonly limits: Limits;
}

/** The engine that was chosen, and what was set of each: it stays while one looks elsewhere in the page, as the photos do. */
const wanted = signal("");
const typed = signal<Readonly<Record<string, Values>>>({});

/** The tab. */
export function NewModel(): JSX.Element {
  const [loaded, again] = useLoad<Engines>(async (signal) => (await send("/engines", { signal })).json(), []);
  if (loaded.state === "loading") return <Loading label="Asking what this server can do" />;
  if (loaded.state === "failed") return <Trouble error={loaded.error} again={again} />;
  return <Form server={loaded.value} />;
}

function Form({ server: { engines, limits, ...rest } }: { server: Engines }): JSX.Element {
  const upload = current.value;
  const engine = engines.some((each) => each.name === wanted.value && each.available) ? wanted.value : first(engines, rest.default);
  const problems = useSignal<Problems>({});
  const news = useSignal("");
  const chosen = engines.find((each) => each.name === engine);
  const fields = useMemo(() => fieldsOf(chosen?.parameters), [chosen]);
  const values = typed.value[engine] ?? initialValues(fields);
  useEffect(() => fromServer(upload, problems), [upload]);
  const take = (picked: Picked): void => void (news.value = add(picked, limits));
  const over = useDrop(take, upload !== null);
  const files = photos.value.map((photo) => photo.file);
  const wrong = refusalOfAll(files, limits) || tooFew(files.length, chosen);

  const choose = (name: string): void => {
    wanted.value = name;
    problems.value = {};
  };
  const order = (): Order | null => {
    const { params, problems: found } = read(fields, values);
    problems.value = found;
    return Object.keys(found).length > 0 ? null : { engine, params };
  };
  const start = (): void => {
    const now = order();
    if (now) begin(new Upload(photos.value, now, server));
  };
  const onward = (): void => {
    const now = order();
    if (upload && now) void upload.goOn(now);
  };
  return (
    <div class="new-columns">
      <section class="new-photos" aria-label="Photos">
        {upload ? (
          <Sending upload={upload} few={(many) => tooFew(many, chosen)} onCancel={() => giveUp(upload)} onGoOn={onward} />
        ) : (
          <Drop over={over} small={files.length > 0} onFiles={take}>
            <p class="hint">{taken(limits)}</p>
          </Drop>
        )}
        <p class="unseen" role="status">
          {news.value}
        </p>
        <LeftOutOf />
        {files.length > 0 && <Summary files={files} fixed={upload !== null} />}
        {!upload && <Enough wrong={wrong} hint={advice(files)} />}
        <Grid photos={photos.value} of={upload ? (key) => (void upload.turn.value, upload.of(key)) : () => undefined} fixed={upload !== null} />
        {files.length === 0 && <HowTo />}
      </section>
      <section class="panel new-settings" aria-label="Settings">
        <Choice label="Engine" options={engines} value={engine} onChange={choose} disabled={isFixed(upload)} />
        <Parameters fields={fields} values={values} problems={problems.value} onChange={(next) => (typed.value = { ...typed.value, [engine]: next })} disabled={isFixed(upload)} />
        {!engine && <p class="wrong">No engine of this server can be used; the reasons stand at each.</p>}
        {!upload && <Start many={files.length} wrong={wrong} ready={engine !== ""} onStart={start} />}
      </section>
    </div>
  );
}

/** Whether a model can come of these photos. */
function Enough({ wrong, hint }: { wrong: string; hint: string }): JSX.Element | null {
  if (!wrong && !hint) return null;
  return (
    <div class="new-enough">
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}

/** The button, and what is in its way. */
function Start({ many, wrong, ready, onStart }: { many: number; wrong: string; ready: boolean; onStart: () => void }): JSX.Element {
  return (
    <Button look="main" class="new-start" needs="run" why={wrong} disabled={many === 0 || !ready} onClick={onStart}>
      {many === 0 ? "Make the model" : `Make a model of ${plural(many, "photo")}`}
    </Button>
  );
}

/** Whether what is set can no longer be changed: only where the server has something against it. */
function isFixed(upload: Upload | null): boolean {
  return upload !== null && upload.phase.value !== "stopped";
}

/** Puts what the server has against parameters at their fields. */
function fromServer(upload: Upload | null, problems: { value: Problems }): (() => void) | undefined {
  return upload?.problem.subscribe((problem) => {
    const said = Object.entries(problemsOf(problem) ?? {});
    if (said.length > 0) problems.value = Object.fromEntries(said.map(([field, text]) => [field, sentence(text)]));
  });
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");
}

/** Sends; goes on while one looks elsewhere, and does not drag one away from there. */
function begin(upload: Upload): void {
  current.value = upload;
  window.addEventListener("beforeunload", stay);
  const stop = upload.phase.subscribe((phase) => {
    if (phase !== "done" && phase !== "cancelled") return;
    queueMicrotask(() => {
      stop();
      window.removeEventListener("beforeunload", stay);
      if (current.peek() === upload) current.value = null;
      if (phase === "cancelled") return;
      clear();
      if (place.peek().view === "new") go(to.job(upload.job), { replace: true });
      else say("The photos are there, and their job is on the board.");
    });
  });
  void upload.run();
}

function giveUp(upload: Upload): void {
  upload.cancel();
  say("The upload was cancelled. The photos are still here.");
}

function stay(event: BeforeUnloadEvent): void {
  event.preventDefault(); // The browser asks: what is not sent yet would be lost.
}

function Summary({ files, fixed }: { files: readonly File[]; fixed: boolean }): JSX.Element {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <div class="new-summary">
      <p>
        <strong>{plural(files.length, "photo")}</strong>, {size(total)}
      </p>
      {!fixed && (
        <Button look="quiet" onClick={clear}>
          Remove all
        </Button>
      )}
    </div>
  );
}

function LeftOutOf(): JSX.Element | null {
  const all = leftOut.value;
  if (all.length === 0) return null;
  return (
    <details class="new-left" open={all.length <= 3}>
      <summary>Left out ({count(all.length)})</summary>
      <ul>
        {all.slice(0, 20).map((one, at) => (
          <li key={at}>
            <strong>{one.name}</strong> {one.problem}
          </li>
        ))}
        {all.length > 20 && <li>And {all.length - 20} more.</li>}
      </ul>
    </details>
  );
}

function HowTo(): JSX.Element {
  return (
    <div class="new-howto">
      <h2>Photos that make a good model</h2>
      <ol>
        <li>Walk around the thing and take 20 to 60 photos, each showing two thirds of what the one before shows.</li>
        <li>Keep it still, in even light. Shiny, see-through and plain white surfaces are hard to match.</li>
        <li>Send the photos as the camera made them: sharp, not cropped, not resized.</li>
      </ol>
    </div>
  );
}
