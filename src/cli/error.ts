// How a command of the plugin ends when it cannot do what it was asked.

/** Ends the command; `main.ts` prints the message as kubectl prints its own and exits with the code. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A flag with a value that is not allowed. */
export const badFlag = (flag: string, value: string, allowed: string) =>
  new CommandFailed(`error: invalid value "${value}" for ${flag}: ${allowed}`);
