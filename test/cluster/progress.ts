// Tells a waiting person what is being done, how long it usually takes and how long it has taken. Writes to stderr, so that the
// output of a command stays usable; without a terminal, whole lines only.
const terminal = process.stderr.isTTY;
/** Titles of the steps under way, each inside the one before; only the innermost is shown as going on. */
const steps: string[] = [];
const every = terminal ? 1_000 : 60_000;

function elapsed(since: number): string {
  const seconds = (Date.now() - since) / 1_000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Runs one piece of work under a title. `usual` is a duration for people, such as "8 min on 2 cores". */
export async function step<T>(title: string, usual: string, work: () => Promise<T>): Promise<T> {
  const since = Date.now();
  const show = (text: string, end: string) => process.stderr.write(`${terminal ? '\r\x1b[K' : ''}${text}${end}`);
  const going = () => {
    if (steps.at(-1) === title) show(`… ${title} (usually ${usual}), ${elapsed(since)}`, terminal ? '' : '\n');
  };
  steps.push(title);
  going();
  const timer = setInterval(going, every);
  try {
    const result = await work();
    show(`✓ ${title}, ${elapsed(since)}`, '\n');
    return result;
  } catch (error) {
    show(`✗ ${title}, after ${elapsed(since)}`, '\n');
    throw error;
  } finally {
    clearInterval(timer);
    steps.splice(steps.lastIndexOf(title), 1);
  }
}

export const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
