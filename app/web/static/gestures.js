/** @file Mouse, fingers, wheel and keys, turned into movements of the camera. */

const TURN_PER_HEIGHT = Math.PI * 1.1;
const KEY_TURN = Math.PI / 16;
const KEY_ZOOM = 1.15;
const WHEEL_LINE = 16;
const WHEEL_ZOOM = 0.0012;
const PINCH_ZOOM = 0.01;
const SECONDARY_BUTTONS = 2 | 4;

/**
 * Lets a person turn the model.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {import("./camera.js").OrbitCamera} camera
 * @param {{changed: () => void, touched: () => void, centre: (x: number, y: number) => void}} listener
 *   `changed` after each movement, `touched` before it, `centre` with the place of a double click (-1 to 1, y up).
 */
export function listenToGestures(canvas, camera, listener) {
  const act = (movement) => {
    listener.touched();
    movement();
    listener.changed();
  };
  listenToPointers(canvas, camera, act);
  listenToWheel(canvas, camera, act);
  listenToKeys(canvas, camera, act);
  canvas.addEventListener("dblclick", (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 2 - 1;
    const y = 1 - ((event.clientY - box.top) / box.height) * 2;
    act(() => listener.centre(x, y));
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./camera.js").OrbitCamera} camera
 * @param {(movement: () => void) => void} act
 */
function listenToPointers(canvas, camera, act) {
  /** @type {Map<number, {x: number, y: number}>} */
  const pointers = new Map();

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    canvas.classList.add("held");
    act(() => {});
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const after = { x: event.clientX, y: event.clientY };
    pointers.set(event.pointerId, after);
    act(() => (others.length === 0 ? drag(event, before, after) : pinch(others[0], before, after)));
  });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(type, (event) => {
      pointers.delete(event.pointerId);
      canvas.classList.toggle("held", pointers.size > 0);
    });
  }
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());

  const drag = (event, before, after) => {
    const [x, y] = [(after.x - before.x) / canvas.clientHeight, (after.y - before.y) / canvas.clientHeight];
    if (event.buttons & SECONDARY_BUTTONS || event.shiftKey) camera.pan(x, y);
    else camera.turn(-x * TURN_PER_HEIGHT, y * TURN_PER_HEIGHT);
  };
  const pinch = (other, before, after) => {
    const apart = (place) => Math.max(1, Math.hypot(place.x - other.x, place.y - other.y));
    camera.zoom(apart(before) / apart(after));
    // Each finger carries half of the movement of the point between them.
    camera.pan((after.x - before.x) / 2 / canvas.clientHeight, (after.y - before.y) / 2 / canvas.clientHeight);
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./camera.js").OrbitCamera} camera
 * @param {(movement: () => void) => void} act
 */
function listenToWheel(canvas, camera, act) {
  const onWheel = (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : WHEEL_LINE);
    // A pinch on a touch pad arrives as a wheel with the control key, and in smaller steps.
    act(() => camera.zoom(Math.exp(pixels * (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM))));
  };
  canvas.addEventListener("wheel", onWheel, { passive: false });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./camera.js").OrbitCamera} camera
 * @param {(movement: () => void) => void} act
 */
function listenToKeys(canvas, camera, act) {
  const zoomIn = () => camera.zoom(1 / KEY_ZOOM);
  const zoomOut = () => camera.zoom(KEY_ZOOM);
  const keys = {
    ArrowLeft: () => camera.turn(-KEY_TURN, 0),
    ArrowRight: () => camera.turn(KEY_TURN, 0),
    ArrowUp: () => camera.turn(0, KEY_TURN),
    ArrowDown: () => camera.turn(0, -KEY_TURN),
    "+": zoomIn,
    "=": zoomIn,
    "-": zoomOut,
    _: zoomOut,
    r: () => camera.reset(),
    R: () => camera.reset(),
  };
  canvas.addEventListener("keydown", (event) => {
    const movement = keys[event.key];
    if (!movement || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(movement);
  });
}
