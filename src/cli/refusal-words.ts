// What the API server refuses a user, in fewer words than its own, with the right to ask for. What is no matter of rights (a quota, an
// admission policy) keeps its words.

// kube-apiserver's sentence of a request that no rule of RBAC, and no other authorizer, allows
const forbidden =
  /^\S+?(?<name> "[^"]+")? is forbidden: (?<user>User "[^"]*") cannot (?<verb>\S+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)" (?:in the namespace "(?<namespace>[^"]+)"|at the cluster scope)(?:: (?<more>.*))?$/s;

/** The sentence of a refusal as a user is told it, without a full stop of its own. */
export function refusalWords(sentence: string): string {
  if (sentence === 'Unauthorized')
    return 'the API server does not know who you are (Unauthorized): the credentials of this context have expired, or are those of another cluster; kubectl auth whoami, with the same context, tells the same';
  const parts = forbidden.exec(sentence)?.groups;
  if (parts === undefined) return sentence;
  const { name = '', user, verb, resource, group, more } = parts;
  // the API server takes a namespace to lie in itself
  const namespace = resource === 'namespaces' ? undefined : parts['namespace'];
  const what = `${resource}${group === '' ? '' : `.${group}`}${name}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in namespace "${namespace}"`;
  const why = more === undefined ? '' : ` (${more.replace(/\.$/, '')})`;
  const role = namespace === undefined ? 'ClusterRole' : 'Role in that namespace';
  return `${user} cannot ${verb} ${what} ${where}${why}: ask for a ${role} that allows it`;
}
