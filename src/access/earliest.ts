/** The first of several moments; those that never come are undefined. */
export function earliest(dates: (Date | undefined)[]): Date | undefined {
  return dates
    .filter((date) => date !== undefined)
    .reduce<Date | undefined>((first, date) => (first && first <= date ? first : date), undefined);
}
