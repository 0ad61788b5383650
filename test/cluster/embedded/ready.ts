// Waits for what an API server can answer, as its administrator.
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Resolves once a GET of each path is answered with 200, in their order.
 * @param alive throws when waiting is pointless, say because the process ended */
export async function answers(
  server: string,
  pki: string,
  paths: string[],
  alive: () => void = () => undefined,
  timeoutSeconds = 60,
): Promise<void> {
  const [ca, cert, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFile(path.join(pki, file))));
  const status = (url: string) =>
    new Promise<number>((resolve) => {
      const asking = request(url, { ca, cert, key, agent: false, timeout: 2_000 }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asking.on('timeout', () => asking.destroy());
      asking.on('error', () => resolve(0));
      asking.end();
    });
  const deadline = Date.now() + timeoutSeconds * 1_000;
  for (const wanted of paths)
    while ((await status(`${server}${wanted}`)) !== 200) {
      alive();
      if (Date.now() > deadline) throw new Error(`${server}${wanted} did not answer within ${timeoutSeconds} s`);
      await setTimeout(50);
    }
}
