// Label selectors as the API takes them in a query: `a=b,c!=d,e,!f,g in (x,y),h notin (z)`.
import { ApiError } from './api-error.ts';

type Labels = Readonly<Record<string, string>>;
export type LabelMatcher = (labels: Labels | undefined) => boolean;

const setBased = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/;
const equality = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/;
const existence = /^(!?)([^\s=!]+)$/;

function parseRequirement(text: string): LabelMatcher {
  const set = setBased.exec(text);
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    const wanted = set[2] === 'in';
    return (labels) => values.includes(labels?.[set[1] ?? ''] ?? '\0') === wanted;
  }
  const equal = equality.exec(text);
  if (equal !== null) {
    const wanted = equal[2] !== '!=';
    return (labels) => (labels?.[equal[1] ?? ''] === equal[3]) === wanted;
  }
  const exists = existence.exec(text);
  if (exists === null) throw new ApiError('BadRequest', `unable to parse requirement: ${text}`);
  return (labels) => (labels?.[exists[2] ?? ''] !== undefined) === (exists[1] === '');
}

/** The objects a selector means; an absent or empty one means all. Throws BadRequest when it cannot be read. */
export function parseLabelSelector(selector: string | undefined): LabelMatcher {
  if (selector === undefined || selector.trim() === '') return () => true;
  const requirements = selector.split(/,(?![^(]*\))/).map((part) => parseRequirement(part.trim()));
  return (labels) => requirements.every((matches) => matches(labels));
}
