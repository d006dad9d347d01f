/** What the process's exit code says. */
export const ExitCode = {
  passed: 0,
  internalError: 1,
  /** Bad input or usage: nothing was run or written. */
  badInput: 2,
  determinismFailed: 97,
  invariantViolated: 98,
  thresholdFailed: 99,
  /** SIGINT and SIGTERM: the partial report is written all the same. */
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
