/** What is to end with a run: one listener for all of a signal's attempts, since a listener each would cost as much as a connection's bookkeeping. */
const attempts = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `cancel` when the signal aborts, unless the returned function was called before. */
export function onAbort(signal: AbortSignal, cancel: () => void): () => void {
  const cancels = attempts.get(signal) ?? watch(signal);
  cancels.add(cancel);
  return () => {
    cancels.delete(cancel);
  };
}

function watch(signal: AbortSignal): Set<() => void> {
  const cancels = new Set<() => void>();
  attempts.set(signal, cancels);
  signal.addEventListener(
    "abort",
    () => {
      for (const cancel of cancels) cancel();
    },
    { once: true },
  );
  return cancels;
}
