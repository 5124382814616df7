// The local control plane and S3 server are real, answer, can be stopped and started one by one, and leave nothing behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeS3Client } from '../../dev/bucket/object-server.ts';
import { startLocalCluster, type LocalCluster } from '../../dev/cluster/local-cluster.ts';
import { missingForControlPlane } from '../../dev/cluster/machine.ts';
import { makeKubectl } from '../../dev/control-plane/kubectl.ts';
import { markedProcesses } from '../../dev/process/marked-process.ts';
import { waitUntil } from '../../dev/progress/polling.ts';
import { describeWith } from '../support/requirement.ts';

describeWith(await missingForControlPlane(), 'the local control plane', () => {
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await startLocalCluster({ report: console.log });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('answers as the pinned Kubernetes version and admits pods', async () => {
    const { kubectl } = cluster.controlPlane;
    expect(await kubectl.run('get', '--raw', '/version')).toContain('"v1.35.4"');
    await kubectl.run('run', 'waiting', '--image=nothing.local/none', '--restart=Never');
    const pod = await kubectl.run('get', 'pod', 'waiting', '-o', 'jsonpath={.status.phase}');
    expect(pod).toBe('Pending');
  });

  test('gives a ServiceAccount the rights it was bound to and no others', async () => {
    const { controlPlane } = cluster;
    const { kubectl } = controlPlane;
    await kubectl.run('create', 'namespace', 'rights');
    await kubectl.run('create', 'serviceaccount', 'reader', '-n', 'rights');
    await kubectl.run('create', 'role', 'reader', '-n', 'rights', '--verb=get,list', '--resource=pods');
    await kubectl.run(
      'create',
      'rolebinding',
      'reader',
      '-n',
      'rights',
      '--role=reader',
      '--serviceaccount=rights:reader',
    );
    const reader = makeKubectl(kubectl.program, await controlPlane.mintServiceAccount('rights', 'reader'));
    await waitUntil({
      otherwise: 'the role does not come to be known',
      withinSeconds: 240,
      check: async () => (await reader.run('get', 'pods', '-n', 'rights', '-o', 'name')) || undefined,
    });
    await expect(reader.run('get', 'secrets', '-n', 'rights')).rejects.toThrow(/forbidden/);
    const nobody = makeKubectl(kubectl.program, controlPlane.mintUser({ commonName: 'nobody' }));
    await expect(nobody.run('get', 'pods', '-n', 'rights')).rejects.toThrow(/"nobody" cannot list/);
  });

  test('comes back with its objects after the API server was killed', async () => {
    const { kubectl, apiServer } = cluster.controlPlane;
    await kubectl.run('create', 'configmap', 'kept');
    await apiServer.kill();
    await expect(kubectl.run('get', 'configmap', 'kept')).rejects.toThrow(/refused/);
    await apiServer.start();
    expect(await kubectl.run('get', 'configmap', 'kept', '-o', 'name')).toBe('configmap/kept\n');
  });

  test('keeps objects over a stop of the S3 server, and lets agents delete nothing', async () => {
    const { objectServer } = cluster;
    const agent = makeS3Client(objectServer, objectServer.agent);
    const target = { Bucket: objectServer.bucket, Key: `${objectServer.prefix}/voice/run/object` };
    await agent.send(new PutObjectCommand({ ...target, Body: 'content' }));
    await objectServer.server.stop();
    await objectServer.server.start();
    const read = await agent.send(new GetObjectCommand(target));
    expect(await read.Body?.transformToString()).toBe('content');
    await expect(agent.send(new DeleteObjectCommand(target))).rejects.toThrow(/Access Denied/);
    const elsewhere = { ...target, Key: `${objectServer.prefix}/other/run/object`, Body: '' };
    await expect(agent.send(new PutObjectCommand(elsewhere))).rejects.toThrow(/Access Denied/);
    agent.destroy();
  });

  test('leaves no process and no file when it stops', async () => {
    const second = await startLocalCluster();
    expect(markedProcesses(second.directory)).toHaveLength(5);
    await second.stop();
    expect(markedProcesses(second.directory)).toEqual([]);
    expect(existsSync(second.directory)).toBe(false);
  });

  test('is removed when the process that started it is killed', async () => {
    const program = `
      const { startLocalCluster } = await import(${JSON.stringify(import.meta.resolve('../../dev/cluster/local-cluster.ts'))});
      const cluster = await startLocalCluster();
      console.log(cluster.directory);
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' });
    const directory = String(await once(parent.stdout, 'data')).trim();
    expect(markedProcesses(directory)).toHaveLength(5);
    parent.kill('SIGKILL');
    await waitUntil({
      otherwise: 'the cluster of a killed parent was not removed',
      withinSeconds: 240,
      check: async () => {
        if (existsSync(directory)) return `${directory} exists`;
        const left = markedProcesses(directory);
        return left.length === 0 ? undefined : `processes ${left.join()} run`;
      },
    });
  });
});
