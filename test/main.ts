// `npm test [tier …]`: runs the tiers in order on the clusters they need, says loudly what was skipped and why, and ends with one plain line
// that sums all tiers. A tier that cannot start counts as one failure, never as nothing.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideHelm } from './cluster/helm.ts';
import { controlPlanePrograms, provide } from './cluster/programs.ts';
import { runToEnd } from './process.ts';
import { type Counts, closingLine, countsOf, type FileResult, noCounts, plus } from './tally.ts';

const tiers = ['unit', 'integration', 'e2e'] as const;
type Tier = (typeof tiers)[number];
const isTier = (word: string): word is Tier => (tiers as readonly string[]).includes(word);

const needs: Record<Tier, string> = {
  unit: 'nothing but Node',
  integration: 'a Kubernetes control plane',
  e2e: 'a Kubernetes node; the first time its parts are built, which takes up to 25 minutes',
};

/** What must be there before a tier begins. Tests have time limits, which the first build of Kubernetes would use up; the set-up of the e2e
 *  tier has none, and builds by itself what its cluster needs. */
const preparations: Partial<Record<Tier, () => Promise<unknown>>> = {
  integration: async () => [await provide(controlPlanePrograms), await provideHelm()],
};

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

async function runTier(tier: Tier): Promise<Counts> {
  const began = Date.now();
  console.log(`\n== ${tier} tests (need ${needs[tier]})`);
  try {
    await preparations[tier]?.();
  } catch (error) {
    console.error(`!! ${tier} tests cannot run: ${error instanceof Error ? error.message : error}`);
    return { ...noCounts, failed: 1 };
  }
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-test-'));
  const tally = join(folder, 'tally.json');
  try {
    const vitest = [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', tier];
    const code = await runToEnd(process.execPath, vitest, { BULKHEAD_TALLY: tally });
    const files = await readFile(tally, 'utf8').then(
      (text) => JSON.parse(text) as FileResult[],
      () => undefined,
    );
    for (const { name, state, why = 'no reason given' } of files?.flatMap((file) => file.tests) ?? [])
      if (state === 'skipped' || state === 'pending') console.log(`!! SKIPPED: ${name}: ${why}`);
    const counts = countsOf(files, code);
    console.log(`== ${tier}: ${closingLine(counts)} in ${seconds(began)}`);
    return counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const asked = process.argv.slice(2);
const unknown = asked.filter((word) => !isTier(word));
if (unknown.length > 0) {
  console.error(`error: unknown tier "${unknown.join('", "')}"; there are ${tiers.join(', ')}`);
  process.exit(2);
}

let total = noCounts;
for (const tier of tiers) if (asked.length === 0 || asked.includes(tier)) total = plus(total, await runTier(tier));
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
