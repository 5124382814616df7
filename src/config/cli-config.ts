// What the CLI takes from its user's environment: the AWS settings for s3:// addresses, read as the AWS tools read them. The
// credentials themselves are left to the SDK; nothing here holds a secret.

export interface CliConfig {
  readonly aws: AwsSettings;
}

export interface AwsSettings {
  /** Undefined: AWS's own of the region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly caBundle: string | undefined;
  /** The profile in use, for messages. */
  readonly profile: string;
}

/** The environment cannot be used; the message lists every reason. */
class CliConfigError extends Error {
  override readonly name = 'CliConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a text file; undefined when there is none. */
export type ReadText = (path: string) => string | undefined;

const defaultRegion = 'us-east-1';

/** Reads AWS_* and the profile's part of ~/.aws/config; throws {@link CliConfigError}. */
export function parseCliConfig(variables: Environment, home: string, readText: ReadText): CliConfig {
  const given = (...names: readonly string[]): string | undefined =>
    names.map((name) => variables[name]?.trim()).find((value) => value !== undefined && value !== '');
  const profile = given('AWS_PROFILE') ?? 'default';
  const ini = readText(given('AWS_CONFIG_FILE') ?? `${home}/.aws/config`) ?? '';
  const settings = profileSettings(ini, profile);
  const endpoint = given('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL') ?? settings.get('endpoint_url');
  if (endpoint !== undefined && !isEndpoint(endpoint))
    throw new CliConfigError(
      'AWS_ENDPOINT_URL is not the URL of an S3 server: set it to one such as https://s3.example.com:9000',
    );
  return {
    aws: {
      endpoint,
      region: given('AWS_REGION', 'AWS_DEFAULT_REGION') ?? settings.get('region') ?? defaultRegion,
      caBundle: readBundle(given('AWS_CA_BUNDLE') ?? settings.get('ca_bundle'), readText),
      profile,
    },
  };
}

/** Whether a text is the http:// or https:// URL of a server, without credentials and path. */
export function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.pathname === '/' && url.search === '';
}

function readBundle(path: string | undefined, readText: ReadText): string | undefined {
  if (path === undefined) return undefined;
  const bundle = readText(path);
  if (bundle !== undefined) return bundle;
  throw new CliConfigError(`AWS_CA_BUNDLE names ${path}, and there is no such file`);
}

/** The settings of one profile: `[default]` or `[profile NAME]`, up to the next section. Nested settings are not read. */
function profileSettings(ini: string, profile: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  let isOurs = false;
  for (const line of ini.split(/\r?\n/)) {
    const section = /^\s*\[\s*(?:profile\s+)?([^\]]*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) isOurs = section === profile;
    const [, name, value] = /^([A-Za-z0-9_]+)\s*=\s*(\S.*?)\s*$/.exec(line) ?? [];
    if (isOurs && name !== undefined && value !== undefined) settings.set(name, value);
  }
  return settings;
}
