/**
 * What makes real Node objects large: the list of images in their status, up to fifty (`--node-status-max-images`). Here it stands for everything that is not
 * modelled, managedFields included, so that an object of a given size goes over the wire and into etcd. Made once and shared by all nodes of one size.
 */
import type { NodeImage } from "../api/kinds/node.ts";

const MOST = 50;
const MADE = new Map<number, readonly NodeImage[]>();

/** Bytes of `"images":[]` and a comma, and of an image without its name. */
const LIST = 12;
const IMAGE = '{"names":[""],"sizeBytes":104857600},'.length;

/** Images that add so many bytes to a Node's JSON; none when there is not room for one. */
export function imagesOfSize(bytes: number): readonly NodeImage[] {
  let images = MADE.get(bytes);
  if (images === undefined) {
    const count = Math.max(0, Math.min(MOST, Math.floor((bytes - LIST) / (IMAGE + 64))));
    // The last image has no comma after it.
    const names = bytes - LIST - count * IMAGE + 1;
    images = Array.from({ length: count }, (_, i) => {
      const length = Math.floor(names / count) + (i < names % count ? 1 : 0);
      return {
        names: [`registry.example/image-${i}@sha256:`.padEnd(length, "0123456789abcdef").slice(0, length)],
        sizeBytes: 104_857_600,
      };
    });
    MADE.set(bytes, images);
  }
  return images;
}
