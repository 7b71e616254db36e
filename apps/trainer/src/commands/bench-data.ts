import { benchData, createProgress, type DataBenchOptions } from '@m3ae/bench';
import { versions } from '../run/versions.js';

/** Options of `m3ae bench data`. */
export interface BenchDataCommandOptions extends DataBenchOptions {
  readonly json?: boolean;
}

/** Runs `m3ae bench data`: one line of JSON, or a table, on standard output; progress on standard error. */
export async function runBenchData(options: BenchDataCommandOptions): Promise<void> {
  const progress = createProgress();
  const result = await benchData(options, progress.show);
  progress.done();
  const { images_per_s, captions_per_s, size, source } = result;
  const lines = options.json
    ? [JSON.stringify({ ...result, versions: versions() })]
    : [
        `pictures   ${images_per_s[1]} a second on 1 thread, ${images_per_s[2]} on 2 (${source} to ${size}x${size})`,
        `captions   ${captions_per_s} a second on 1 thread`,
      ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
