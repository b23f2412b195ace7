/** An image that the registry does not have: every pull fails, the container waits in ErrImagePull and ImagePullBackOff. */
import { unreachable } from "../../base/assert.ts";
import type { Program } from "./program.ts";

export const badImage: Program = {
  name: "bad-image",
  summary: "The image cannot be pulled, so the container never starts.",
  parameters: [],
  imageExists: false,
  *run() {
    return unreachable("a container without an image" as never);
  },
};
