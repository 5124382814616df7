// What the agents' S3 account may do: read and write below the prefixes of its namespaces, and nothing else; above all not delete.
// (docs: one key per namespace; the local cluster has one for all of its namespaces.)

/** A bucket policy document. */
export interface BucketPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly object[];
}

/** The bucket and the account it is for. */
export interface PolicyScope {
  readonly bucket: string;
  readonly prefix: string;
  readonly agent: { readonly accessKeyId: string };
}

/** The policy that lets the agent account work for runs in `namespaces`. */
export function agentPolicy(scope: PolicyScope, namespaces: readonly string[]): BucketPolicy {
  const below = namespaces.map((namespace) => `${scope.prefix}/${namespace}/*`);
  const bucket = `arn:aws:s3:::${scope.bucket}`;
  const allow = { Effect: 'Allow', Principal: { AWS: [scope.agent.accessKeyId] } };
  return {
    Version: '2012-10-17',
    Statement: [
      {
        ...allow,
        Action: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: below.map((pattern) => `${bucket}/${pattern}`),
      },
      {
        ...allow,
        Action: ['s3:ListBucket'],
        Resource: [bucket],
        Condition: { StringLike: { 's3:prefix': below } },
      },
      // versitygw refuses a prefix condition here: the account sees all unfinished uploads of the bucket
      { ...allow, Action: ['s3:ListBucketMultipartUploads'], Resource: [bucket] },
    ],
  };
}
