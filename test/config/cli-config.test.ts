// What the CLI takes from its environment: as the AWS tools take it, and never a guess where it is wrong.
import { describe, expect, test } from 'vitest';
import { isEndpoint, parseCliConfig } from '../../src/config/cli-config.ts';
import { programVersion } from '../../src/config/version.ts';
import manifest from '../../package.json' with { type: 'json' };

const ini = `
[default]
region = eu-central-1
[profile voice]
region=eu-west-1
endpoint_url = https://s3.voice.example
s3 =
  endpoint_url = https://not.this.one
[ profile other ]
ca_bundle = /etc/other.pem
`;

const files: Readonly<Record<string, string>> = {
  '/home/me/.aws/config': ini,
  '/etc/aws': '[default]\nregion = ap-east-1\n',
  '/etc/other.pem': 'PEM',
};

const settings = (variables: Readonly<Record<string, string>>, home = '/home/me') =>
  parseCliConfig(variables, home, (path) => files[path]).aws;

const nothing = { endpoint: undefined, region: 'us-east-1', caBundle: undefined, profile: 'default' };

describe('the AWS settings', () => {
  test.each([
    { name: 'nothing set', variables: {}, home: '/nowhere', aws: nothing },
    { name: 'the default profile', variables: {}, aws: { ...nothing, region: 'eu-central-1' } },
    {
      name: 'a profile',
      variables: { AWS_PROFILE: 'voice' },
      aws: {
        endpoint: 'https://s3.voice.example',
        region: 'eu-west-1',
        caBundle: undefined,
        profile: 'voice',
      },
    },
    {
      name: 'the environment before the profile',
      variables: {
        AWS_PROFILE: 'voice',
        AWS_ENDPOINT_URL: 'http://localhost:9000',
        AWS_DEFAULT_REGION: 'local',
      },
      aws: { endpoint: 'http://localhost:9000', region: 'local', caBundle: undefined, profile: 'voice' },
    },
    {
      name: "S3's own variable before the general one, AWS_REGION before AWS_DEFAULT_REGION",
      variables: {
        AWS_ENDPOINT_URL_S3: 'http://s3:1',
        AWS_ENDPOINT_URL: 'http://all:2',
        AWS_REGION: 'a',
        AWS_DEFAULT_REGION: 'b',
      },
      aws: { ...nothing, endpoint: 'http://s3:1', region: 'a' },
    },
    {
      name: 'another configuration file, and empty variables as if unset',
      variables: { AWS_CONFIG_FILE: '/etc/aws', AWS_REGION: '', AWS_PROFILE: ' ' },
      aws: { ...nothing, region: 'ap-east-1' },
    },
    {
      name: 'certificates of a profile',
      variables: { AWS_PROFILE: 'other' },
      aws: { ...nothing, caBundle: 'PEM', profile: 'other' },
    },
  ])('$name', ({ variables, home, aws }) => {
    expect(settings(variables, home)).toEqual(aws);
  });

  test.each([
    {
      variables: { AWS_ENDPOINT_URL: 'minio:9000' },
      says: /AWS_ENDPOINT_URL is not the URL of an S3 server: set it/,
    },
    {
      variables: { AWS_CA_BUNDLE: '/etc/none.pem' },
      says: /AWS_CA_BUNDLE names \/etc\/none\.pem, and there is no such file/,
    },
  ])('$variables is refused', ({ variables, says }) => {
    expect(() => settings(variables)).toThrow(says);
  });

  test('a password in an endpoint is not repeated', () => {
    expect(() => settings({ AWS_ENDPOINT_URL: 'https://me:hunter2@s3.example' })).toThrow(
      /^((?!hunter2).)*$/,
    );
  });
});

test.each([
  ['https://s3.example.com:9000', true],
  ['http://[::1]:7070/', true],
  ['s3.example.com', false],
  ['https://s3.example.com/bucket', false],
  ['https://me:secret@s3.example.com', false],
  ['ftp://s3.example.com', false],
])('%s is an endpoint: %s', (text, is) => {
  expect(isEndpoint(text)).toBe(is);
});

test('the version is that of package.json', () => {
  expect(programVersion).toBe(manifest.version);
});
