import { expect, test } from 'vitest';
import { createLogger } from './log.ts';

test('secrets are removed from the log, wherever they stand, and the rest is JSON', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line: string) => void lines.push(line) });
  logger.info({ token: 'hunter2', user: { password: 'hunter2' }, secret: { object: { data: 'hunter2' } }, object: 'lab/smith' }, 'said');
  expect(lines.join()).not.toContain('hunter2');
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', object: 'lab/smith', msg: 'said', token: '[redacted]' });
});
