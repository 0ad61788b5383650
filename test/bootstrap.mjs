// The first step of every npm script, for any Node from 20 on and without any package: installs the npm packages of the lock file when they
// are missing or stale, then hands over. `bootstrap.mjs file.ts …` runs the file with the Node of the lock file, `bootstrap.mjs tool …` a tool.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, 'node_modules', '.bin');
const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Names of packages that the lock file asks for and node_modules lacks or holds in another version. Optional ones depend on the platform. */
function staleWith() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(join(tools, 'node'))) return ['all of them'];
  const have = packagesOf(installed);
  return Object.entries(packagesOf(join(root, 'package-lock.json')))
    .filter(([path, { version, optional, devOptional }]) => path !== '' && !optional && !devOptional && have[path]?.version !== version)
    .map(([path]) => path.replace(/^node_modules\//, ''));
}

function installPackages() {
  const stale = staleWith();
  if (stale.length === 0) return;
  const began = Date.now();
  console.log(
    `Installing npm packages (${stale.slice(0, 3).join(', ')}${stale.length > 3 ? ', …' : ''}); usually 1-2 minutes from an empty cache`,
  );
  // Not `npm ci`: it refuses a lock file that was written where the linters' binaries for other platforms could not be seen.
  const { status, error } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(
      `npm could not install the packages${error ? `: ${error.message}` : ''}. Is the registry reachable (npm ping)? Then run the command again.`,
    );
    process.exit(1);
  }
  if (!existsSync(join(tools, 'node'))) {
    console.error(
      'The npm package "node" did not install its binary: install scripts are off (npm config get ignore-scripts). Allow them: npm config set ignore-scripts false',
    );
    process.exit(1);
  }
  console.log(`npm packages installed in ${Math.round((Date.now() - began) / 1000)} s`);
}

installPackages();
const [program, ...args] = process.argv.slice(2);
const isFile = program.endsWith('.ts');
const child = spawn(join(tools, isFile ? 'node' : program), isFile ? [join(root, program), ...args] : args, {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${tools}${delimiter}${process.env.PATH}` },
});
// A terminal sends Ctrl-C to the whole group: the program decides what to do about it, this process only waits for it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
