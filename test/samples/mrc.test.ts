import { expect, test } from 'vitest';
import { movie } from './mrc.ts';

const options = { size: 64, frames: 3, drift: { x: 1.5, y: -0.5 }, pixelSize: 1.5, seed: 7 };
const view = (bytes: Uint8Array) => new DataView(bytes.buffer);

test('is as long as its header says', () => {
  const bytes = movie(options);
  const header = view(bytes);
  expect([0, 4, 8].map((offset) => header.getInt32(offset, true))).toEqual([64, 64, 3]);
  expect(bytes.length).toBe(1024 + 64 * 64 * 3 * 4);
});

test('carries the marks by which readers know the format', () => {
  const header = view(movie(options));
  expect(new TextDecoder().decode(new Uint8Array(header.buffer, 208, 4))).toBe('MAP ');
  expect(header.getInt32(12, true)).toBe(2);
  expect(header.getUint16(212)).toBe(0x4444);
});

test('is the same for the same seed and another for another seed', () => {
  expect(movie(options)).toEqual(movie(options));
  expect(movie({ ...options, seed: 8 })).not.toEqual(movie(options));
});

test('moves its particles by the drift', () => {
  const size = 128;
  const bytes = movie({ ...options, size, drift: { x: 2, y: -1 } });
  const samples = new Float32Array(bytes.buffer, 1024);
  const frame = (index: number) => samples.subarray(index * size * size, (index + 1) * size * size);
  /** Correlation of two frames when the second is moved back by (x, y). */
  const likeness = (x: number, y: number) => {
    let sum = 0;
    for (let row = 20; row < size - 20; row++) {
      for (let column = 20; column < size - 20; column++) {
        sum += (frame(0)[row * size + column]! - 10) * (frame(2)[(row + y) * size + column + x]! - 10);
      }
    }
    return sum;
  };
  for (const [x, y] of [
    [0, 0],
    [4, 0],
    [0, -2],
    [2, -1],
    [-4, 2],
  ] as const)
    expect(likeness(4, -2)).toBeGreaterThan(likeness(x, y));
});
