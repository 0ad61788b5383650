// Durations as people write them on a command line: 90s, 45m, 2h, 1h30m, 7d.

const secondsOf = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** @returns whole seconds, or undefined when the text is no duration above zero */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!match) return undefined;
  const units = ['d', 'h', 'm', 's'] as const;
  const seconds = units.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * secondsOf[unit], 0);
  return seconds > 0 && Number.isSafeInteger(seconds) ? seconds : undefined;
}

/** The two largest units of a duration in seconds: `1h30m`, `45s`. */
export function formatDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [unit, size] of Object.entries(secondsOf)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`);
  }
  return parts.join('') || '0s';
}
