/**
 * How large an object is, for what costs by the byte: the length of its JSON. etcd holds protobuf, which is shorter by its field names, and
 * managedFields, which are not modelled and about as long; the two are taken to cancel out.
 */
import { toJson } from "./json.ts";
import type { KubeObject } from "./object.ts";

export const encodedBytes = (object: KubeObject): number => JSON.stringify(toJson(object, 0)).length;
