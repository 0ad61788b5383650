// `kubectl bulkhead` with the plugin of this project, as somebody types it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { projectDirectory } from '../cluster/directories.ts';
import type { Site } from './site.ts';

export interface Finished {
  exitCode: number;
  /** Standard output: for `run`, what the command printed. */
  output: string;
  /** Standard error: what the plugin said beside it. */
  said: string;
}

export interface Watching {
  /** Called with every line as it comes. */
  show?: (line: string) => void;
  /** Ctrl-C. */
  interrupt?: AbortSignal;
}

export function bulkhead({ cluster }: Site, args: string[], { show, interrupt }: Watching = {}): Promise<Finished> {
  const PATH = [path.join(projectDirectory, 'bin'), ...cluster.binDirs, process.env.PATH].join(path.delimiter);
  const child = spawn('kubectl', ['bulkhead', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH, KUBECONFIG: cluster.kubeconfig },
  });
  interrupt?.addEventListener('abort', () => child.kill('SIGINT'));
  const collect = (stream: NodeJS.ReadableStream) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
      for (const line of chunk.toString().split('\n').filter(Boolean)) show?.(line);
    });
    return () => text;
  };
  const [output, said] = [collect(child.stdout), collect(child.stderr)];
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? 1, output: output(), said: said() }));
  });
}
