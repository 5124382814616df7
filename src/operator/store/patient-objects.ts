// A store's objects as the operator uses them: no request is waited for longer than the operator can afford. It adds nothing
// else to what the adapter does.
import type { Seconds } from '../../domain/units.ts';
import type { ObjectStore } from '../../ports/objects.ts';
import type { Patience } from './patience.ts';

/** The longest wait for one answer: a page of a listing, a small document. */
const answerSeconds: Seconds = 15;

/** The longest wait for a batch of deletions, and for a probe, which is some twenty requests. */
const workSeconds: Seconds = 60;

/** The same objects, asked with patience. What moves bytes of checkpoints is the agents' and stays as it is. */
export function askPatiently(objects: ObjectStore, patience: Patience): ObjectStore {
  const briefly = async <T>(what: string, task: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) =>
    patience.ask({ what, seconds: answerSeconds }, task, signal);
  const long = async <T>(what: string, task: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) =>
    patience.ask({ what, seconds: workSeconds }, task, signal);
  return {
    list: (prefix, signal) =>
      eachPatiently({ patience, what: `list ${prefix}` }, (s) => objects.list(prefix, s), signal),
    scan: (request, signal) =>
      eachPatiently({ patience, what: `scan ${request.prefix}` }, (s) => objects.scan(request, s), signal),
    scanVersions: (request, signal) =>
      eachPatiently(
        { patience, what: `scan the versions of ${request.prefix}` },
        (s) => objects.scanVersions(request, s),
        signal,
      ),
    head: (key, signal) => briefly(`look at ${key}`, async (s) => objects.head(key, s), signal),
    get: (key, signal) => briefly(`read ${key}`, async (s) => objects.get(key, s), signal),
    getRange: (range, signal) =>
      briefly(`read ${range.key}`, async (s) => objects.getRange(range, s), signal),
    put: (document, signal) =>
      briefly(`write ${document.key}`, async (s) => objects.put(document, s), signal),
    listUploads: (prefix, signal) =>
      long(`list the uploads of ${prefix}`, async (s) => objects.listUploads(prefix, s), signal),
    sizeOfUpload: (upload, signal) =>
      briefly(`size up the upload of ${upload.key}`, async (s) => objects.sizeOfUpload(upload, s), signal),
    abortUpload: (upload, signal) =>
      briefly(`abort the upload of ${upload.key}`, async (s) => objects.abortUpload(upload, s), signal),
    delete: (keys, signal) =>
      long(`delete ${keys.length} objects`, async (s) => objects.delete(keys, s), signal),
    // as long as there is something to delete; the adapter bounds each of its requests
    bulkDelete: async (deletion, signal) => objects.bulkDelete(deletion, signal),
    probe: (prefix, signal) => long(`probe ${prefix}`, async (s) => objects.probe(prefix, s), signal),
    upload: async (upload, signal) => objects.upload(upload, signal),
    copy: async (copy, signal) => objects.copy(copy, signal),
    download: async (download, signal) => objects.download(download, signal),
    time: () => objects.time(),
    trouble: () => objects.trouble(),
  };
}

interface Listing {
  readonly patience: Patience;
  readonly what: string;
}

// Each page has its own time: a long listing is no silence. A page that is late ends the listing.
async function* eachPatiently<T>(
  { patience, what }: Listing,
  open: (signal: AbortSignal) => AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const ended = new AbortController();
  const pages = open(AbortSignal.any([signal, ended.signal]))[Symbol.asyncIterator]();
  const nextPage = async (late: AbortSignal): Promise<IteratorResult<T>> => {
    const end = (): void => ended.abort(late.reason);
    late.addEventListener('abort', end, { once: true });
    try {
      return await pages.next();
    } finally {
      late.removeEventListener('abort', end);
    }
  };
  try {
    for (;;) {
      const page = await patience.ask({ what, seconds: answerSeconds }, nextPage, signal);
      if (page.done === true) return;
      yield page.value;
    }
  } finally {
    // who stops early must not leave requests behind
    ended.abort();
  }
}
