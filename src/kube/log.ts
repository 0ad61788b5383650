// Structured log: one JSON object per line on standard output. Values that could be secret are removed by path.
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

const secret = ['authorization', 'token', 'password', 'data', 'stringData', 'key', 'cert'];
const paths = secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

export const createLogger = (level = 'info', destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: '[redacted]' },
    },
    destination,
  );
