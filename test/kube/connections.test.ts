// Sockets: kept while the TLS identity stays, new ones when it changes, through a proxy when the kubeconfig says so.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeConnections } from '../../src/kube/connections.ts';
import { connectCluster } from '../../src/kube/rest-cluster.ts';
import { jobs } from '../../src/ports/kinds.ts';
import { startRestSubject } from '../support/rest-cluster.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const identity = (key: string) => ({ tls: { ca: 'authority', key }, proxyUrl: undefined });

test('connections are kept while the identity is the same, and replaced when it is not', async () => {
  const first = makeConnections(identity('a'), undefined);
  expect(makeConnections(identity('a'), first)).toBe(first);
  const second = makeConnections(identity('b'), first);
  expect(second).not.toBe(first);
  await Promise.all([first.close(), second.close()]);
});

test("requests go through the kubeconfig's proxy", async () => {
  const clock = new VirtualClock();
  const rest = await startRestSubject(clock);
  onTestFinished(() => rest[Symbol.asyncDispose]());
  const proxied: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    proxied.push(incoming.url ?? '');
    const { method, headers } = incoming;
    const onward = request(incoming.url ?? '', { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const config = JSON.parse(readFileSync(rest.kubeconfigPath, 'utf8'));
  config.clusters[0].cluster['proxy-url'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  writeFileSync(rest.kubeconfigPath, JSON.stringify(config));
  const cluster = connectCluster({ kubeconfigPath: rest.kubeconfigPath, clock, log: rest.log });
  expect(await cluster.list(jobs, {}, new AbortController().signal)).toEqual([]);
  await cluster[Symbol.asyncDispose]();
  expect(proxied).toEqual([`${rest.server.url}/apis/batch/v1/jobs?limit=500`]);
});
