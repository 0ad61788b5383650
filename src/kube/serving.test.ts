import { Counter, Registry } from '@prometheus-io/client';
import { expect, test } from 'vitest';
import { serve } from './serving.ts';

test('health, readiness and metrics are told to whoever asks', async () => {
  const registry = new Registry();
  new Counter({ name: 'answers_total', help: 'Answers.', registers: [registry] }).inc();
  let ready = false;
  const serving = await serve({ port: 0, host: '127.0.0.1', registry, isHealthy: () => true, isReady: () => ready });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${serving.port}${path}`);
    return [response.status, await response.text()] as const;
  };
  expect(await ask('/healthz')).toEqual([200, 'ok\n']);
  expect((await ask('/readyz'))[0]).toBe(503);
  ready = true;
  expect((await ask('/readyz?verbose'))[0]).toBe(200);
  expect((await ask('/metrics'))[1]).toContain('answers_total 1');
  expect((await ask('/etc/passwd'))[0]).toBe(404);
  await serving.close();
});
