// Field selectors as the API takes them in a query: `regarding.uid=x,reason=y`. Which fields a kind really knows is not checked.
import { ApiError } from './api-error.ts';
import { isJsonObject } from './merge-patch.ts';

type FieldMatcher = (object: object) => boolean;

function valueAt(object: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, field) => (isJsonObject(value) ? value[field] : undefined), object);
}

/** The objects a selector means; an absent one means all. Throws BadRequest when it cannot be read. */
export function parseFieldSelector(selector: string | undefined): FieldMatcher {
  if (selector === undefined || selector === '') return () => true;
  const wanted = selector.split(',').map((part) => {
    const [, path, value] = /^([^=!]+)==?([^=]*)$/.exec(part) ?? [];
    if (path === undefined) throw new ApiError('BadRequest', `unable to parse field: ${part}`);
    return { path, value };
  });
  return (object) => wanted.every(({ path, value }) => valueAt(object, path) === value);
}
