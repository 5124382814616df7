// Runs before every e2e test file: the file shares the cluster with others or, if it lies in the folder alone/, has it to itself.
import { expect } from 'vitest';
import { usePlace } from './place.ts';

const { testPath = '' } = expect.getState();

usePlace('cluster', testPath.includes('/e2e/alone/') ? 'alone' : 'together');
