// The few requests that bringing up a cluster takes, as the administrator of its API server.
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Status code (0: no answer) and JSON body of one request; a body that is sent is a JSON merge patch. */
export type Ask = (method: 'GET' | 'PATCH', path: string, patch?: object) => Promise<{ status: number; body: unknown }>;

export async function administrator(server: string, pki: string): Promise<Ask> {
  const [ca, cert, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFile(path.join(pki, file))));
  const headers = { 'content-type': 'application/merge-patch+json' };
  return (method, wanted, patch) =>
    new Promise((resolve) => {
      const asking = request(`${server}${wanted}`, { method, headers, ca, cert, key, agent: false, timeout: 2_000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }));
        response.on('error', () => resolve({ status: 0, body: undefined }));
      });
      asking.on('timeout', () => asking.destroy());
      asking.on('error', () => resolve({ status: 0, body: undefined }));
      asking.end(patch && JSON.stringify(patch));
    });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // /readyz answers in plain text
  }
}

/** Asks again and again until the answer is as wanted.
 * @param alive throws when waiting is pointless, say because the process ended */
export async function until(
  what: string,
  question: () => Promise<boolean>,
  alive: () => void = () => undefined,
  timeoutSeconds = 60,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1_000;
  while (!(await question())) {
    alive();
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutSeconds} s`);
    await setTimeout(50);
  }
}

/** Resolves once a GET of the path is answered with 200. */
export const answers = (ask: Ask, wanted: string, alive?: () => void) =>
  until(`answer to ${wanted}`, async () => (await ask('GET', wanted)).status === 200, alive);
