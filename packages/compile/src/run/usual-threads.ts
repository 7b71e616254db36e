/**
 * Threads of a session on a CPU where nobody says how many: those of `OMP_NUM_THREADS`, by which launchers and other engines share a
 * machine, or one for each core that this process may use.
 *
 * ONNX Runtime counts cores too, but by what the processor says of itself: on a virtual machine whose two processors are a core each
 * it was seen to find one core, and to leave the other idle. Linux is asked instead.
 *
 * @returns Nothing where that cannot be told: in a browser, and on systems where ONNX Runtime asks the system itself.
 */
export async function usualThreads(): Promise<number | undefined> {
  try {
    const shared = Number(process.env.OMP_NUM_THREADS);
    if (Number.isInteger(shared) && shared > 0) return shared;
    const { availableParallelism } = await import('node:os');
    const { readdir, readFile } = await import('node:fs/promises');
    const folder = '/sys/devices/system/cpu';
    const processors = (await readdir(folder)).filter((name) => /^cpu\d+$/.test(name));
    const cores = await Promise.all(
      // A processor that is switched off tells nothing of its core.
      processors.map((name) =>
        readFile(`${folder}/${name}/topology/thread_siblings_list`, 'utf8').catch(() => ''),
      ),
    );
    const count = new Set(cores.filter((core) => core !== '')).size;
    return count === 0 ? undefined : Math.min(count, availableParallelism());
  } catch {
    return undefined;
  }
}
