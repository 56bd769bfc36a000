/** @file The model, turning under the mouse. The viewer is large, and so it is loaded when a model is first opened. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { needsToken, send } from "../../api/client";
import { at } from "../../base";
import { openTab } from "../../ui/download";
import { Button, LinkButton, Progress, Trouble } from "../../ui/parts";
import { lightImage } from "./light";

/** What of the viewer's element is used here. */
interface ViewerElement extends HTMLElement {
  cameraOrbit: string;
  cameraTarget: string;
  fieldOfView: string;
  jumpCameraToGoal: () => void;
}

type Phase = "loading" | "shown" | "failed" | "impossible";

const FRONT = { cameraOrbit: "auto auto auto", cameraTarget: "auto auto auto", fieldOfView: "auto" };

/** The model; `alt` says what there is to see for those who do not. */
export function Viewer(props: { model: string; alt: string; alone: string }): JSX.Element {
  const room = useRef<HTMLDivElement>(null);
  const viewer = useRef<ViewerElement | null>(null);
  const [phase, setPhase] = useState<Phase>(() => (hasWebGL() ? "loading" : "impossible"));
  const [percent, setPercent] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    if (phase === "impossible" || room.current === null) return undefined;
    const stop = new AbortController();
    setPhase("loading");
    setPercent(0);
    show(room.current, props, stop.signal, setPercent).then(
      (element) => {
        viewer.current = element;
        if (!stop.signal.aborted) setPhase("shown");
      },
      (failure: unknown) => {
        if (stop.signal.aborted) return;
        setError(failure);
        setPhase("failed");
      },
    );
    return () => stop.abort();
  }, [props.model, turn]);

  const reset = (): void => {
    if (viewer.current) Object.assign(viewer.current, FRONT);
  };
  return (
    <>
      <div class="job-room" data-phase={phase}>
        <div ref={room} class="job-model" />
        {phase === "loading" && (
          <div class="job-cover">
            <p role="status">The model is being loaded</p>
            <Progress percent={percent} label="Loading the model" />
          </div>
        )}
        {phase === "failed" && (
          <div class="job-cover">
            <Trouble error={error} again={() => setTurn(turn + 1)} />
          </div>
        )}
        {phase === "impossible" && <Impossible alone={props.alone} />}
      </div>
      <div class="job-controls">
        <p class="job-keys">
          <span class="job-by-mouse">Drag or use the arrow keys to turn it; scroll or use Page Up and Page Down to come closer.</span>
          <span class="job-by-hand">Drag to turn it, pinch to come closer.</span>
        </p>
        <div class="job-buttons">
          <Button look="quiet" disabled={phase !== "shown"} onClick={reset}>
            From the front
          </Button>
          <Button look="quiet" disabled={phase !== "shown"} onClick={() => void room.current?.requestFullscreen().catch(() => undefined)}>
            Full screen
          </Button>
        </div>
      </div>
    </>
  );
}

function Impossible({ alone }: { alone: string }): JSX.Element {
  return (
    <div class="job-cover">
      <p>
        <strong>This browser cannot draw in 3D.</strong> WebGL is switched off or not there. Download the model and open it in another program, or open its
        page in another browser.
      </p>
      <LinkButton href={at(alone)} target="_blank" rel="noopener" onClick={(event) => openTab(event, at(alone))}>
        Open the model's own page</LinkButton>
    </div>
  );
}

/** Puts the viewer into the page, and resolves when the model is to be seen. */
async function show(
  room: HTMLElement,
  { model, alt }: { model: string; alt: string },
  signal: AbortSignal,
  onPercent: (percent: number) => void,
): Promise<ViewerElement> {
  await library();
  signal.throwIfAborted();
  // A request of the viewer's own carries no token.
  const blob = needsToken() ? URL.createObjectURL(await (await send(model, { signal })).blob()) : null;
  const light = URL.createObjectURL(lightImage());
  const element = document.createElement("model-viewer") as ViewerElement;
  const attributes = {
    ...{ src: blob ?? at(model), alt, "camera-controls": "", "touch-action": "pan-y", "interaction-prompt": "none" },
    // It tells the kind of an image by how its address ends.
    ...{ "environment-image": `${light}#.hdr`, loading: "eager", "tone-mapping": "neutral", "camera-orbit": "auto auto auto", "min-field-of-view": "5deg" },
  };
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  // The viewer's own bar is left out: the room has one, at once, and not only when the viewer is there.
  const bar = document.createElement("span");
  bar.slot = "progress-bar";
  element.append(bar);
  signal.addEventListener("abort", () => {
    element.remove();
    URL.revokeObjectURL(light);
    if (blob) URL.revokeObjectURL(blob);
  });
  const shown = new Promise<ViewerElement>((resolve, reject) => {
    element.addEventListener("load", () => resolve(element), { once: true });
    element.addEventListener("error", () => reject(new Error("The model could not be shown. Download it, or try again.")), { once: true });
    element.addEventListener("progress", (event: Event) => onPercent(100 * ((event as CustomEvent<{ totalProgress?: number }>).detail?.totalProgress ?? 0)));
  });
  room.replaceChildren(element);
  return shown;
}

let loading: Promise<unknown> | null = null;

/** Loads the viewer, once; again after a failure. */
function library(): Promise<unknown> {
  loading ??= import("@google/model-viewer").catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

function hasWebGL(): boolean {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
  // A browser has few of them, and keeps them for a while.
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}
