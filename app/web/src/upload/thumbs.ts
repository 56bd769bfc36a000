/** @file Small pictures of photos: a few are decoded at a time, in the size that is shown, so that hundreds take little memory. */

const AT_ONCE = 3;

let going = 0;
const waiting: (() => void)[] = [];

/**
 * Draws a photo into a canvas, in its proportions.
 *
 * @returns Whether the browser can read it.
 */
export async function draw(file: Blob, canvas: HTMLCanvasElement, pixels: number, signal: AbortSignal): Promise<boolean> {
  await turn();
  try {
    if (signal.aborted) return false;
    const small = await createImageBitmap(file, { resizeWidth: pixels, resizeQuality: "medium" });
    if (!signal.aborted) {
      canvas.width = small.width;
      canvas.height = small.height;
      canvas.getContext("2d")?.drawImage(small, 0, 0);
    }
    small.close();
    return true;
  } catch {
    return false; // A kind that this browser does not know, such as TIFF; the server does.
  } finally {
    const next = waiting.shift();
    if (next) next();
    else going -= 1;
  }
}

async function turn(): Promise<void> {
  // A place is handed on, so that nobody takes it in between.
  if (going >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else going += 1;
}
