// A bucket for as long as this operator leads: nothing is written or deleted once the tenure is over. It reads at any time.
import type { ObjectStore } from '../../ports/objects.ts';
import type { Tenure } from './tenure.ts';

/** The same objects; what changes them rejects with NotLeadingError once the tenure is over. */
export function fencedObjects(objects: ObjectStore, tenure: Pick<Tenure, 'assertLeading'>): ObjectStore {
  const whileLeading = async <T>(task: () => Promise<T>): Promise<T> => {
    tenure.assertLeading();
    return task();
  };
  return {
    list: (prefix, signal) => objects.list(prefix, signal),
    scan: (request, signal) => objects.scan(request, signal),
    scanVersions: (request, signal) => objects.scanVersions(request, signal),
    head: async (key, signal) => objects.head(key, signal),
    get: async (key, signal) => objects.get(key, signal),
    getRange: async (range, signal) => objects.getRange(range, signal),
    download: async (download, signal) => objects.download(download, signal),
    listUploads: async (prefix, signal) => objects.listUploads(prefix, signal),
    sizeOfUpload: async (upload, signal) => objects.sizeOfUpload(upload, signal),
    time: () => objects.time(),
    trouble: () => objects.trouble(),
    put: async (document, signal) => whileLeading(async () => objects.put(document, signal)),
    upload: async (upload, signal) => whileLeading(async () => objects.upload(upload, signal)),
    copy: async (copy, signal) => whileLeading(async () => objects.copy(copy, signal)),
    abortUpload: async (upload, signal) => whileLeading(async () => objects.abortUpload(upload, signal)),
    delete: async (keys, signal) => whileLeading(async () => objects.delete(keys, signal)),
    async bulkDelete(deletion, signal) {
      // The caller's own question may take a while.
      const beforeBatch: typeof deletion.beforeBatch = async (batch) => {
        tenure.assertLeading();
        await deletion.beforeBatch(batch);
        tenure.assertLeading();
      };
      await objects.bulkDelete({ ...deletion, beforeBatch }, signal);
    },
    probe: async (prefix, signal) => whileLeading(async () => objects.probe(prefix, signal)),
  };
}
