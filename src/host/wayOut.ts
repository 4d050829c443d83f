/**
 * Waits for something that is nearly always there at once, and offers a way out where it is not.
 * @param work stops when the signal is aborted; who has given up does not wait for that
 * @param offer called when it takes long: shows that something is waited for until the promise is settled; `giveUp` is
 * for a person who has seen enough, and its argument what is thrown then
 * @throws what the work throws, or what it was given up with
 */
export async function withWayOut<T>(
  work: (signal: AbortSignal) => Promise<T>,
  offer: (result: Promise<unknown>, giveUp: (reason: Error) => void) => void,
  patienceMs = 750,
): Promise<T> {
  const wish = new AbortController();
  let giveUp: (reason: Error) => void = () => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = (reason) => {
      reject(reason);
      wish.abort(reason);
    };
  });
  const result = Promise.race([work(wish.signal), givenUp]);
  const timer = setTimeout(() => offer(result, giveUp), patienceMs);
  try {
    return await result;
  } finally {
    clearTimeout(timer);
  }
}
