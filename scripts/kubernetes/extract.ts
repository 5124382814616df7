// The extract of Kubernetes' OpenAPI that is kept in the repository: the selected definitions with the selected fields, nothing else.
import { selection, type Selected } from './selection.ts';

/** A property, as Kubernetes' OpenAPI v3 has it. */
export interface Property {
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: Property;
  readonly additionalProperties?: Property;
  readonly allOf?: readonly { readonly $ref: string }[];
  readonly $ref?: string;
  readonly 'x-kubernetes-list-type'?: string;
}

/** An object's definition. */
export interface Definition {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

export interface Extract {
  readonly kubernetes: string;
  readonly definitions: Readonly<Record<string, Definition>>;
}

/** Selects from `components.schemas` of /openapi/v3/api/v1; throws when something selected is not there or a required field is left out. */
export function buildExtract(version: string, schemas: Readonly<Record<string, Definition>>): Extract {
  const definitions = Object.values(selection)
    .flat()
    .map((selected) => [selected.definition, trim(schemas, selected)] as const);
  return { kubernetes: version, definitions: Object.fromEntries(definitions) };
}

function trim(schemas: Readonly<Record<string, Definition>>, selected: Selected): Definition {
  const found = schemas[selected.definition];
  if (found === undefined) throw new Error(`${selected.definition} is not in the source`);
  const properties = selected.fields.map((field) => {
    const property = found.properties?.[field];
    if (property === undefined) throw new Error(`${selected.definition} has no field ${field}`);
    return [field, property] as const;
  });
  const { required = [] } = found;
  const missing = required.filter((field) => !selected.fields.includes(field));
  if (missing.length > 0) throw new Error(`${selected.definition} requires ${missing.join(', ')}`);
  return { ...found, properties: Object.fromEntries(properties), required };
}
