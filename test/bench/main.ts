// `npm run bench [-- --labs N] [-- --quick]`: how fast labs are made and how little is asked of the API server, beside the rate that the API server
// can do at all; and how fast the access model decides. Prints a table; exits with 1 when a limit is broken. Writes no file.

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Labs } from '../../src/api/kinds.ts';
import { say, step } from '../cluster/progress.ts';
import { measureAccess } from './access.ts';
import { isWrite, type Request, summary } from './auditlog.ts';
import { type Facility, ofOperator, openFacility, untilQuiet } from './facility.ts';
import { compare, readLimits, table } from './limits.ts';
import { labNames, onboard } from './onboard.ts';
import { rawSeconds, templatesOf } from './rawrate.ts';

const usage = `usage: npm run bench [-- --labs N] [-- --quick]
  --labs N   labs to make (default 100)
  --quick    20 labs, and 10 s of rest instead of 60`;

const { values } = parseArgs({
  options: { labs: { type: 'string' }, quick: { type: 'boolean', default: false }, help: { type: 'boolean' } },
});
const count = Number(values.labs ?? (values.quick ? 20 : 100));
if (values.help || !Number.isInteger(count) || count < 1) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}
const restSeconds = values.quick ? 10 : 60;
const quietMs = 3_000;

const access = await step('asking the access model of 1,000 labs', '10 s', async () => measureAccess());
const facility = await step('starting a control plane with Bulkhead on it', '15 s', openFacility);
try {
  const rows = compare({ ...(await measure(facility)), ...access }, readLimits());
  console.log(`\n${table(rows)}`);
  const broken = rows.filter((row) => row.broken);
  for (const { name, limit } of broken) console.log(`✗ ${name}: ${limit.means}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
} finally {
  await facility.end();
}

async function measure(facility: Facility): Promise<Record<string, number>> {
  const { admin, audit } = facility;
  await facility.startOperator();
  await step('making a first lab, so that all code is warm', '5 s', () => onboard(facility, ['first']));
  await untilQuiet(audit, quietMs);
  const memoryEmpty = await facility.memory();
  const templates = await templatesOf(facility, admin.cache.get(Labs, 'first')!);

  const names = labNames('bench', count);
  const before = await facility.processorTime();
  const seconds = await step(`making ${count} labs`, '10 s for 100', () => onboard(facility, names));
  const after = await facility.processorTime();
  const onboarding = await untilQuiet(audit, quietMs);
  say(`  ${summary(onboarding)}`);
  const memoryFull = await facility.memory();

  await audit.skip();
  await step(`watching the log for ${restSeconds} s, in which nothing should happen`, `${restSeconds} s`, () => delay(restSeconds * 1000));
  const settled = (await audit.read()).filter(ofOperator);
  if (settled.length > 0) say(`  ${summary(settled)}`);

  const restart = await step('restarting the operator', '5 s', async () => {
    await facility.stopOperator();
    await audit.skip();
    const began = Date.now();
    await facility.startOperator();
    const leading = Date.now();
    const requests = await untilQuiet(audit, quietMs);
    return { requests, seconds: (Math.max(leading, ...requests.map(({ at }) => at)) - began) / 1000 };
  });
  say(`  ${summary(restart.requests)}`);
  await facility.stopOperator();
  const raw = await step(`making ${count} labs at the raw rate`, '8 s for 100', async () => {
    const before = await processorTimeWithUs(facility);
    const seconds = await rawSeconds(facility, templates, 'first', labNames('raw', count));
    return { seconds, processorSeconds: (await processorTimeWithUs(facility)) - before };
  });

  const writes = (requests: Request[]) => requests.filter(isWrite).length;
  return {
    labsPerSecond: count / seconds,
    rawLabsPerSecond: count / raw.seconds,
    ratioToRaw: raw.seconds / seconds,
    ratioByProcessor: raw.processorSeconds / (after.all - before.all),
    requestsPerLab: onboarding.length / count,
    writesPerLab: writes(onboarding) / count,
    processorPerLab: ((after.operator - before.operator) / count) * 1000,
    objectsPerLab: templates.length,
    settledWrites: writes(settled),
    settledReads: settled.length - writes(settled),
    restartSeconds: restart.seconds,
    restartRequests: restart.requests.length,
    restartWrites: writes(restart.requests),
    memoryEmpty,
    memoryFull,
  };
}

/** At the raw rate this process is the client, in the place of the operator. */
async function processorTimeWithUs(facility: Facility): Promise<number> {
  const { user, system } = process.cpuUsage();
  return (await facility.processorTime()).all + (user + system) / 1e6;
}
