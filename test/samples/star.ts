// Reads what RELION writes about a motion-corrected movie: a STAR file, of which only the table of global shifts matters here.

export interface Shift {
  frame: number;
  /** Pixels by which the frame has to be moved back: against the drift. */
  x: number;
  y: number;
}

/** Rows of the table `data_global_shift`.
 * @throws Error when the text has no such table with the three columns */
export function globalShifts(star: string): Shift[] {
  const lines = star.split('\n').map((line) => line.trim());
  const start = lines.indexOf('data_global_shift');
  if (start < 0) throw new Error('no table data_global_shift in the STAR file');
  const next = lines.findIndex((line, index) => index > start && line.startsWith('data_'));
  const table = lines.slice(start + 1, next < 0 ? undefined : next);
  const columns = table.filter((line) => line.startsWith('_rln')).map((line) => line.split(/\s+/)[0]!);
  const column = (name: string) => {
    const index = columns.indexOf(name);
    if (index < 0) throw new Error(`no column ${name} in table data_global_shift`);
    return index;
  };
  const [frame, x, y] = [column('_rlnMicrographFrameNumber'), column('_rlnMicrographShiftX'), column('_rlnMicrographShiftY')];
  return table
    .filter((line) => /^-?\d/.test(line))
    .map((line) => line.split(/\s+/).map(Number))
    .map((row) => ({ frame: row[frame]!, x: row[x]!, y: row[y]! }));
}

/** Largest distance, in pixels, between the recovered shifts and those that undo the drift. */
export function largestError(shifts: Shift[], drift: { x: number; y: number }): number {
  return Math.max(...shifts.map(({ frame, x, y }) => Math.hypot(x + drift.x * (frame - 1), y + drift.y * (frame - 1))));
}
