// The whole Job of the simplest run, as `kubectl get -o yaml` would show it.
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { buildAttemptJob } from '../../src/workload/attempt-job.ts';
import { sampleOrder } from '../support/attempt-orders.ts';

test('the Job of the simplest run', () => {
  const yaml = stringify(buildAttemptJob(sampleOrder()), { aliasDuplicateObjects: false, lineWidth: 0 });
  expect(`\n${yaml}`).toMatchInlineSnapshot(`
    "
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: xiaoyi-zh-1
      namespace: voice
      labels:
        reprise.dev/run: xiaoyi-zh
        reprise.dev/run-uid: 6f0b7c1e-0000-4000-8000-000000000001
        reprise.dev/attempt: "1"
        app.kubernetes.io/managed-by: reprise
      annotations:
        reprise.dev/workload: c07f65c12f2e0b4c
      ownerReferences:
        - apiVersion: reprise.dev/v1alpha1
          kind: TTSTrainingRun
          name: xiaoyi-zh
          uid: 6f0b7c1e-0000-4000-8000-000000000001
          controller: true
          blockOwnerDeletion: true
    spec:
      backoffLimit: 0
      podFailurePolicy:
        rules:
          - action: FailJob
            onPodConditions:
              - type: DisruptionTarget
                status: "True"
          - action: FailJob
            onExitCodes:
              containerName: restore
              operator: In
              values:
                - 10
          - action: FailJob
            onExitCodes:
              containerName: restore
              operator: In
              values:
                - 11
          - action: FailJob
            onExitCodes:
              containerName: restore
              operator: NotIn
              values:
                - 10
                - 11
          - action: FailJob
            onExitCodes:
              containerName: trainer
              operator: NotIn
              values:
                - 0
      template:
        metadata:
          labels:
            reprise.dev/run: xiaoyi-zh
            reprise.dev/run-uid: 6f0b7c1e-0000-4000-8000-000000000001
            reprise.dev/attempt: "1"
            app.kubernetes.io/managed-by: reprise
        spec:
          terminationGracePeriodSeconds: 1800
          restartPolicy: Never
          shareProcessNamespace: true
          automountServiceAccountToken: false
          enableServiceLinks: false
          securityContext:
            fsGroup: 65532
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile:
              type: RuntimeDefault
          tolerations:
            - key: nvidia.com/gpu
              operator: Exists
              effect: NoSchedule
            - key: node.kubernetes.io/unreachable
              operator: Exists
              effect: NoExecute
              tolerationSeconds: 60
            - key: node.kubernetes.io/not-ready
              operator: Exists
              effect: NoExecute
              tolerationSeconds: 60
          volumes:
            - name: reprise-scratch
              emptyDir: {}
            - name: reprise-shm
              emptyDir:
                medium: Memory
                sizeLimit: 8Gi
          initContainers:
            - name: restore
              image: registry.example/reprise:0.1.0
              imagePullPolicy: IfNotPresent
              command:
                - node
                - --max-semi-space-size=1
                - /reprise/agent.mjs
                - restore
              env:
                - name: REPRISE_AGENT
                  value: '{"version":1,"run":{"namespace":"voice","name":"xiaoyi-zh","uid":"6f0b7c1e-0000-4000-8000-000000000001"},"attempt":1,"store":{"endpoint":"http://10.88.0.1:7070","region":"us-east-1","bucket":"voice-ckpts","prefix":"prod","forcePathStyle":true,"caBundle":null},"expected":null,"rollback":null,"initializeFrom":null,"predecessor":null,"checkpointDir":"/reprise/checkpoints","modelLastEverySeconds":300,"maxBytesPerSecond":null,"graceSeconds":1800,"image":"registry.example/f5-tts@sha256:aa","gpus":0}'
                - name: REPRISE_POD_UID
                  valueFrom:
                    fieldRef:
                      fieldPath: metadata.uid
                - name: MALLOC_ARENA_MAX
                  value: "1"
                - name: AWS_ACCESS_KEY_ID
                  valueFrom:
                    secretKeyRef:
                      name: reprise-store
                      key: AWS_ACCESS_KEY_ID
                - name: AWS_SECRET_ACCESS_KEY
                  valueFrom:
                    secretKeyRef:
                      name: reprise-store
                      key: AWS_SECRET_ACCESS_KEY
                - name: AWS_SESSION_TOKEN
                  valueFrom:
                    secretKeyRef:
                      name: reprise-store
                      key: AWS_SESSION_TOKEN
                      optional: true
              volumeMounts:
                - name: reprise-scratch
                  mountPath: /reprise/checkpoints
              resources:
                requests:
                  cpu: 100m
                  memory: 256Mi
                limits:
                  memory: 512Mi
              securityContext:
                runAsUser: 65532
                runAsGroup: 65532
                runAsNonRoot: true
                readOnlyRootFilesystem: true
                allowPrivilegeEscalation: false
                capabilities:
                  drop:
                    - ALL
              terminationMessagePolicy: FallbackToLogsOnError
            - name: sync
              image: registry.example/reprise:0.1.0
              imagePullPolicy: IfNotPresent
              command:
                - node
                - --max-semi-space-size=1
                - /reprise/agent.mjs
                - sync
              env:
                - name: REPRISE_AGENT
                  value: '{"version":1,"run":{"namespace":"voice","name":"xiaoyi-zh","uid":"6f0b7c1e-0000-4000-8000-000000000001"},"attempt":1,"store":{"endpoint":"http://10.88.0.1:7070","region":"us-east-1","bucket":"voice-ckpts","prefix":"prod","forcePathStyle":true,"caBundle":null},"expected":null,"rollback":null,"initializeFrom":null,"predecessor":null,"checkpointDir":"/reprise/checkpoints","modelLastEverySeconds":300,"maxBytesPerSecond":null,"graceSeconds":1800,"image":"registry.example/f5-tts@sha256:aa","gpus":0}'
                - name: REPRISE_POD_UID
                  valueFrom:
                    fieldRef:
                      fieldPath: metadata.uid
                - name: MALLOC_ARENA_MAX
                  value: "1"
                - name: AWS_ACCESS_KEY_ID
                  valueFrom:
                    secretKeyRef:
                      name: reprise-store
                      key: AWS_ACCESS_KEY_ID
                - name: AWS_SECRET_ACCESS_KEY
                  valueFrom:
                    secretKeyRef:
                      name: reprise-store
                      key: AWS_SECRET_ACCESS_KEY
                - name: AWS_SESSION_TOKEN
                  valueFrom:
                    secretKeyRef:
                      name: reprise-store
                      key: AWS_SESSION_TOKEN
                      optional: true
              volumeMounts:
                - name: reprise-scratch
                  mountPath: /reprise/checkpoints
              resources:
                requests:
                  cpu: 100m
                  memory: 256Mi
                  ephemeral-storage: 40Gi
                limits:
                  memory: 512Mi
              securityContext:
                runAsUser: 65532
                runAsGroup: 65532
                runAsNonRoot: true
                readOnlyRootFilesystem: true
                allowPrivilegeEscalation: false
                capabilities:
                  drop:
                    - ALL
              terminationMessagePolicy: FallbackToLogsOnError
              restartPolicy: Always
              ports:
                - name: reprise-status
                  containerPort: 8088
          containers:
            - image: registry.example/f5-tts@sha256:aa
              name: trainer
              env:
                - name: REPRISE_RUN
                  value: xiaoyi-zh
                - name: REPRISE_ATTEMPT
                  value: "1"
                - name: REPRISE_CHECKPOINT_DIR
                  value: /workspace/ckpts
                - name: WANDB_RUN_ID
                  value: 6f0b7c1e-0000-4000-8000-000000000001
                - name: WANDB_RESUME
                  value: allow
              volumeMounts:
                - name: reprise-scratch
                  mountPath: /workspace/ckpts
                - name: reprise-shm
                  mountPath: /dev/shm
              securityContext:
                allowPrivilegeEscalation: false
                capabilities:
                  drop:
                    - ALL
              terminationMessagePolicy: FallbackToLogsOnError
              lifecycle:
                preStop:
                  httpGet:
                    port: 8088
                    path: /pod-ending/6f0b7c1e-0000-4000-8000-000000000001
    "
  `);
});
