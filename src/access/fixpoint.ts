/** Which of things hold, when each may rest on others, in circles even: the least answer, in which nothing holds only because of itself. Whatever is
 *  asked first, the answers are the same.
 * @param holds whether one holds, given those that do; more of them never make it hold less */
export function leastFixpoint<T>(holds: (one: T, isHeld: (other: T) => boolean) => boolean): (one: T) => boolean {
  const known = new Map<T, boolean>();
  return (asked) => {
    const held = new Set<T>();
    for (;;) {
      const before = held.size;
      const seen = new Set<T>();
      let open = false;
      const isHeld = (one: T): boolean => {
        const answer = known.get(one);
        if (answer !== undefined) return answer;
        if (held.has(one)) return true;
        if (seen.has(one)) {
          open = true; // under way: it may yet turn out to hold
          return false;
        }
        seen.add(one);
        if (holds(one, isHeld)) held.add(one);
        return held.has(one);
      };
      const answer = isHeld(asked);
      for (const one of held) known.set(one, true);
      if (answer) return true;
      if (open && held.size > before) continue;
      for (const one of seen) if (!held.has(one)) known.set(one, false);
      return false;
    }
  };
}
