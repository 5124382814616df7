// The scalars that fields are made of. Every string has a maximum: without one the API server cannot bound what a CEL rule costs.
import { z } from 'zod';
import { celString, matching, ruled } from './rules.ts';

/** A string of at most `max` characters; not empty. */
export const text = (max: number): z.ZodString => z.string().min(1).max(max);

const quantityPattern =
  /^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$/;

/** Kubernetes' Quantity: `40Gi`, `"8"`, 8. */
export const quantity = z.union([z.int(), z.string().max(64).regex(quantityPattern)]).meta({
  'x-kubernetes-int-or-string': true,
  pattern: quantityPattern.source,
  maxLength: 64,
});

const sizeSyntax = /^[0-9]*[1-9][0-9]*([KMGTPE]i|[kMGTPE])?$/;

/** A whole number of bytes greater than zero, as a quantity. */
export const sizeQuantity = ruled(
  z.union([z.int(), z.string().max(64)]).meta({ 'x-kubernetes-int-or-string': true, maxLength: 64 }),
  [
    {
      cel: `string(self).matches(${celString(sizeSyntax.source)})`,
      message: 'must be a size greater than zero, such as 40Gi',
      holds: (value) => sizeSyntax.test(String(value)),
    },
  ],
);

/** An instant as Kubernetes writes it (RFC 3339, UTC). */
export const instant = z.iso.datetime();

/** A duration in whole seconds. */
export const seconds = (min: number, max: number): z.ZodInt32 => z.int32().min(min).max(max);

/** At most one day. */
export const day = 86_400;

const objectNameSyntax = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const objectNameMessage =
  "must be an object's name: lower-case letters, digits, '-' and '.', with a letter or digit at both ends";

/** A name by which Kubernetes knows an object whose name is a DNS subdomain (Secrets, storage classes, stores). */
export const objectName = ruled(text(253), [matching(objectNameSyntax, objectNameMessage)]);

/** The same, or the empty string. */
export const optionalObjectName = ruled(z.string().max(253), [
  {
    cel: `self == '' || self.matches(${celString(objectNameSyntax.source)})`,
    message: objectNameMessage,
    holds: (value) => value === '' || objectNameSyntax.test(value),
  },
]);
