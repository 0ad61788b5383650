import { expect, test } from 'vitest';
import { Probes } from './probes.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 4, 12) + seconds * 1000);
const minutes = ({ next }: { next: Date }, since: number) => (next.getTime() - at(since).getTime()) / 60_000;

test('after a restart every lab is asked within ten minutes, and not all at once', () => {
  const probes = new Probes();
  const first = Array.from({ length: 200 }, (_, index) => minutes(probes.of(`lab-${index}`, at(0)), 0));
  expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...first)).toBeLessThanOrEqual(10);
  for (const minute of [0, 2, 4, 6, 8]) expect(first.filter((due) => due >= minute && due < minute + 2).length).toBeGreaterThan(15);
  expect(minutes(probes.of('lab-7', at(60)), 0)).toBe(first[7]); // looking does not put it off
});

test('then about every ten minutes', () => {
  const probes = new Probes();
  probes.record('smith', { walls: 'stand' }, at(100));
  expect(Math.abs(minutes(probes.of('smith', at(100)), 100) - 10)).toBeLessThanOrEqual(1);
});

test('an unclear answer takes nothing back', () => {
  const probes = new Probes();
  for (const walls of ['missing', 'stand'] as const) {
    probes.record('smith', { walls }, at(0));
    probes.record('smith', { walls: 'unclear', message: 'no service account yet' }, at(600));
    expect(probes.of('smith', at(600)).answer).toEqual({ walls });
  }
});

test('a lab that is gone is forgotten', () => {
  const probes = new Probes();
  probes.record('smith', { walls: 'missing' }, at(0));
  probes.forget('smith');
  expect(probes.of('smith', at(0)).answer).toBeUndefined();
});
