/**
 * Milliseconds of processor time that a piece of work takes at least: the least of a few times, because what else the
 * machine does only ever adds to it.
 */
export function leastCpuTime(work: () => unknown, times = 3): number {
  const measure = () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  return Math.min(...Array.from({ length: times }, measure));
}
