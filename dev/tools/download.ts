// Fetches one official release archive, refuses it unless its checksum is the pinned one, and unpacks the programs asked for.
// One attempt, with short limits: a machine without the open internet must not wait long before it builds instead.
import { createHash } from 'node:crypto';
import { copyFileSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from '../process/command.ts';
import type { Download, Tool } from './versions.ts';

/** How long a download may take. */
export interface DownloadLimits {
  readonly answerSeconds: number;
  readonly stallSeconds: number;
}

/** The limits used when nothing else is said. */
const downloadLimits: DownloadLimits = { answerSeconds: 5, stallSeconds: 15 };

async function fetchToFile(download: Download, file: string, limits: DownloadLimits): Promise<string> {
  const aborter = new AbortController();
  let limit = setTimeout(
    () => aborter.abort(new Error(`no answer within ${limits.answerSeconds} s`)),
    limits.answerSeconds * 1000,
  );
  const stalled = (): void => aborter.abort(new Error(`nothing received for ${limits.stallSeconds} s`));
  const hash = createHash(download.digest.algorithm);
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      clearTimeout(limit);
      limit = setTimeout(stalled, limits.stallSeconds * 1000);
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const answer = await fetch(download.url, { signal: aborter.signal });
    if (!answer.ok || answer.body === null) throw new Error(`answered ${answer.status}`);
    await pipeline(Readable.fromWeb(answer.body), watch, createWriteStream(file), { signal: aborter.signal });
    return hash.digest('hex');
  } catch (thrown) {
    throw aborter.signal.aborted ? aborter.signal.reason : thrown;
  } finally {
    clearTimeout(limit);
  }
}

/**
 * Puts `tools` from the archive into `directory`.
 * @throws when it cannot be fetched in time or its checksum is not the pinned one; then nothing is placed
 */
export async function downloadTools(
  download: Download,
  request: { readonly tools: readonly Tool[]; readonly directory: string },
  limits: DownloadLimits = downloadLimits,
): Promise<void> {
  const scratch = mkdtempSync(join(request.directory, '.download-'));
  try {
    const archive = join(scratch, 'archive.tar.gz');
    const digest = await fetchToFile(download, archive, limits);
    const { algorithm, hex } = download.digest;
    if (digest !== hex) throw new Error(`its ${algorithm} is ${digest}, not the pinned ${hex}`);
    await run('tar', ['-xzf', archive, '-C', scratch, ...request.tools.map((tool) => download.member(tool))]);
    for (const tool of request.tools)
      copyFileSync(join(scratch, download.member(tool)), join(request.directory, tool));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
