// spec and status of a CheckpointStore: a place in a bucket, and who may use it with which credentials.
import { z } from 'zod';
import { condition, labelSelector } from './kubernetes/meta.ts';
import { credentialKeys } from './names.ts';
import { operatorFlags } from './operator-flags.ts';
import { celString, matching, ruled } from './rules.ts';
import { objectName, text } from './scalars.ts';
import { storeUsage } from './store-usage.ts';

const endpointSyntax = /^https?:\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?\/?$/;
const bucketSyntax = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const prefixSyntax = /^([A-Za-z0-9_.=-]+(\/[A-Za-z0-9_.=-]+)*)?$/;
const reservedPrefix = /(^|\/)(\.\.?(\/|$)|\.reprise)/;

const s3 = z.object({
  endpoint: ruled(text(512), [
    matching(
      endpointSyntax,
      'must be the http:// or https:// URL of an S3 server, without path and credentials, such as https://s3.example.com:9000',
    ),
  ])
    .describe("URL of the S3 server, such as https://s3.example.com; default: AWS's of the region.")
    .exactOptional(),
  region: ruled(text(64), [matching(/^[a-z0-9-]+$/, "must be a region's name, such as us-east-1")])
    .default('us-east-1')
    .describe('Region requests are signed for (default us-east-1, which most S3 servers accept).'),
  bucket: ruled(
    z.string().min(3).max(63),
    [
      matching(
        bucketSyntax,
        "must be a bucket's name: lower-case letters, digits, '-' and '.', with a letter or digit at both ends",
      ),
      {
        cel: `!self.contains('..')`,
        message: "must not contain '..': no bucket has such a name",
        holds: (name) => !name.includes('..'),
      },
    ],
    [immutable('bucket')],
  ).describe('Bucket of the checkpoints; it must exist. Immutable.'),
  prefix: ruled(
    z.string().max(256),
    [
      matching(
        prefixSyntax,
        "must be a path without '/' at its start or end and without '//': letters, digits, '-', '_', '.', '='; leave it out for the whole bucket",
      ),
      {
        cel: `!self.matches(${celString(reservedPrefix.source)})`,
        message: "must have no part '.', '..' or one that starts with .reprise: choose another name for it",
        holds: (prefix) => !reservedPrefix.test(prefix),
      },
    ],
    [immutable('prefix')],
  )
    .default('')
    .describe(
      'Path in the bucket below which everything of this store lies (default: the whole bucket). Immutable.',
    ),
  forcePathStyle: z
    .boolean()
    .default(true)
    .describe('true puts the bucket into the path of URLs (default), false into the host name.'),
  caBundle: ruled(text(65_536), [
    {
      cel: `self.startsWith('-----BEGIN CERTIFICATE-----')`,
      message: 'must be PEM text that starts with -----BEGIN CERTIFICATE-----, not base64 of it',
      holds: (pem) => pem.startsWith('-----BEGIN CERTIFICATE-----'),
    },
  ])
    .describe("PEM certificates to trust for the endpoint; default: the image's own.")
    .exactOptional(),
});

function immutable(field: string): { readonly cel: string; readonly message: string } {
  return {
    cel: 'self == oldSelf',
    message: `${field} is immutable: checkpoints would be lost from sight; create another CheckpointStore`,
  };
}

const secretKeys = `${credentialKeys.accessKeyId}, ${credentialKeys.secretAccessKey} and, if temporary, ${credentialKeys.sessionToken}`;

const operatorCredentials = z.object({
  secretName: objectName.describe(`Secret in the operator's namespace with the keys ${secretKeys}.`),
});

const agentCredentials = z.object({
  mode: z
    .enum(['Secret'])
    .default('Secret')
    .describe("How the pods get credentials (default Secret: from a Secret of the run's namespace)."),
  secretName: objectName.describe(
    `Secret in the namespace of each run with the keys ${secretKeys}; it needs no right to delete.`,
  ),
});

const clusterUid = ruled(text(64), [
  matching(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'must be a UID, as the condition of the store names it: kubectl describe cks',
  ),
]);

/** spec of a CheckpointStore */
export const storeSpec = z.object({
  pricePerGiBMonth: ruled(text(16), [
    matching(
      /^[0-9]{1,6}(\.[0-9]{1,6})?$/,
      'must be an amount of money in quotes, in decimals and without a currency, such as "0.023"',
    ),
  ])
    .describe('What a GiB costs in a month, such as "0.023"; status then tells what the store costs.')
    .exactOptional(),
  s3: s3.describe('The bucket and how to reach it.'),
  allowedNamespaces: labelSelector
    .describe('Namespaces whose runs may use the store; default: none, {}: all.')
    .exactOptional(),
  operatorCredentials: operatorCredentials
    .describe("The operator's credentials; default: those of its environment (IRSA, pod identity).")
    .exactOptional(),
  agentCredentials: agentCredentials.describe('The credentials of the agents in the training pods.'),
  adoptClusters: z
    .array(clusterUid)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'set' })
    .default([])
    .describe(
      'UIDs (of their namespaces kube-system) of clusters that are no more, whose claims and runs this store takes over; default: none. Never name one that still writes.',
    ),
});

const ability = (what: string): z.ZodBoolean => z.boolean().describe(what);

const capabilities = z.object({
  conditionalPut: ability('The server refuses to overwrite when asked to (If-None-Match).'),
  conditionalDelete: ability('The server deletes one object only if it is the one named (If-Match).'),
  conditionalBatchDelete: ability('The same, in batches.'),
  fullObjectCrc32: ability("The server checks and keeps a whole multipart object's CRC32."),
  copyPart: ability('The server copies parts of objects by itself.'),
  versioning: ability('The bucket keeps old versions: deleting frees space only when they go too.'),
});

/** status of a CheckpointStore */
export const storeStatus = z.object({
  observedGeneration: z.int().describe('Generation of the spec this status speaks of.'),
  conditions: z
    .array(condition)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Conditions: Available.'),
  capabilities: capabilities
    .describe('What the S3 server was found able to do, by trying it.')
    .exactOptional(),
  usage: storeUsage
    .describe('What lies below the prefix, as the last sweep over the whole store counted it.')
    .exactOptional(),
  retention: operatorFlags
    .describe('What the operator was told of retention, where no policy says otherwise.')
    .exactOptional(),
});
