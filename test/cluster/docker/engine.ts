// Whether there is a Docker engine to work with.
import { run } from '../command.ts';

export const dockerAnswers = () =>
  run('docker', ['version', '--format', '{{.Server.Version}}']).then(
    () => true,
    () => false,
  );
