// Movies of an electron microscope in the MRC 2014 format, with a specimen that drifts by a known amount: motion correction has to find it.
import { normal, uniform } from './random.ts';

export interface Drift {
  /** Pixels per frame. */
  x: number;
  y: number;
}
export interface MovieOptions {
  /** Width and height in pixels. */
  size: number;
  frames: number;
  drift: Drift;
  /** Ångström per pixel. */
  pixelSize: number;
  seed: number;
}

const headerBytes = 1024;
const blobs = 60;
const blobRadius = 5;
const blobDepth = 6;

/** A movie as the bytes of an `.mrcs` file: float32 frames of noise (deviation 1) with dark round particles that move together. */
export function movie({ size, frames, drift, pixelSize, seed }: MovieOptions): Uint8Array {
  const pixels = size * size;
  const bytes = new Uint8Array(headerBytes + 4 * pixels * frames);
  writeHeader(new DataView(bytes.buffer), { size, frames, pixelSize });
  const samples = new Float32Array(bytes.buffer, headerBytes);
  const noise = normal(seed);
  for (let index = 0; index < samples.length; index++) samples[index] = 10 + noise();
  const place = uniform(seed + 1);
  for (let blob = 0; blob < blobs; blob++) {
    const centre = { x: place() * size, y: place() * size };
    for (let frame = 0; frame < frames; frame++) {
      darken(samples.subarray(frame * pixels, (frame + 1) * pixels), size, {
        x: centre.x + drift.x * frame,
        y: centre.y + drift.y * frame,
      });
    }
  }
  return bytes;
}

function darken(frame: Float32Array, size: number, { x, y }: Drift): void {
  const reach = 3 * blobRadius;
  for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(size, y + reach); row++) {
    for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(size, x + reach); column++) {
      const distanceSquared = (column - x) ** 2 + (row - y) ** 2;
      frame[row * size + column]! -= blobDepth * Math.exp(-distanceSquared / (2 * blobRadius ** 2));
    }
  }
}

function writeHeader(header: DataView, { size, frames, pixelSize }: { size: number; frames: number; pixelSize: number }): void {
  const integers = { 0: size, 4: size, 8: frames, 12: 2 /* float32 */, 28: size, 32: size, 36: frames, 64: 1, 68: 2, 72: 3 };
  const floats = { 40: size * pixelSize, 44: size * pixelSize, 48: frames * pixelSize, 52: 90, 56: 90, 60: 90 };
  for (const [offset, value] of Object.entries(integers)) header.setInt32(Number(offset), value, true);
  for (const [offset, value] of Object.entries(floats)) header.setFloat32(Number(offset), value, true);
  [...'MAP '].forEach((letter, index) => {
    header.setUint8(208 + index, letter.charCodeAt(0));
  });
  header.setUint8(212, 0x44); // machine stamp: little-endian
  header.setUint8(213, 0x44);
}
