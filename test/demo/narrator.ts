// How the demo speaks: chapters, commands as a person would type them, results, and the wait in between.
import type { Display } from './ready.ts';

const terminal = process.stdout.isTTY;
const colour = (code: number) => (text: string) => (terminal ? `\x1b[${code}m${text}\x1b[0m` : text);
export const [bold, dim, green, red] = [colour(1), colour(2), colour(32), colour(31)] as const;
const clear = terminal ? '\r\x1b[K' : '';

export const print = (text = '') => process.stdout.write(`${clear}${text}\n`);

let chapters = 0;
export function chapter(title: string, why: string): void {
  chapters += 1;
  print(`\n${bold(`${chapters}. ${title}`)}\n${dim(why)}`);
}

/** What a person would type for the same effect. */
export const command = (line: string) => print(`${dim('$')} ${line}`);
export const indented = (text: string) => text.split('\n').forEach((line) => void print(`   ${line}`));
export const done = (text: string) => print(`${green('✓')} ${text}`);

/** Runs one step and says how long it took. */
export async function timed<T>(title: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  if (terminal) process.stdout.write(`${clear}… ${title}`);
  const result = await work();
  done(`${title}, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

/** Shows a line for everything that became Ready; on a terminal also what is waited for, in one line that changes. */
export const display: Display = {
  became: done,
  waiting: (line) => {
    if (terminal) process.stdout.write(`${clear}… ${line.slice(0, (process.stdout.columns ?? 120) - 3)}`);
  },
};
