/** `kubectl set image deployment/NAME CONTAINER=IMAGE…`; `*` is every container. */
import type { Container } from "../../api/kinds/pod.ts";
import { joinKey } from "../../api/object.ts";
import { each, NAMESPACE, refusal, type Verb } from "./action.ts";
import { Misuse } from "./words.ts";

export const setImage: Verb = {
  name: "set image",
  usage: "set image deployment/NAME CONTAINER=IMAGE…",
  flags: [NAMESPACE],
  parse(words) {
    const pairs = words.positional.filter((word) => word.includes("="));
    const names = words.objects(
      ["Deployment"],
      words.positional.filter((word) => !word.includes("=")),
    );
    if (pairs.length === 0)
      throw new Misuse("does not say which image", "for example `set image deployment/web web=registry/web:2`");
    const images = pairs.map(readPair);
    return {
      files: [],
      names,
      images: images.map(({ image }) => image),
      run: (client) =>
        each(names, function* ({ namespace, name }) {
          yield* client.patch("Deployment", joinKey(namespace, name), (object) => {
            const { template } = object.spec;
            const containers = withImages(template.spec.containers, images);
            return {
              ...object,
              spec: { ...object.spec, template: { ...template, spec: { ...template.spec, containers } } },
            };
          });
          return `deployment.apps/${name} image updated`;
        }),
    };
  },
};

interface Image {
  readonly container: string;
  readonly image: string;
}

function readPair(word: string): Image {
  const at = word.indexOf("=");
  const [container, image] = [word.slice(0, at), word.slice(at + 1)];
  if (container === "" || image === "") throw new Misuse(`found "${word}", expected CONTAINER=IMAGE`);
  return { container, image };
}

/** The containers with their new images. Throws when one of the names fits none of them. */
export function withImages(containers: readonly Container[], images: readonly Image[]): readonly Container[] {
  for (const { container } of images)
    if (container !== "*" && !containers.some(({ name }) => name === container))
      throw refusal(`unable to find container named "${container}"`);
  return containers.map((container) => {
    const found = images.findLast((each) => each.container === "*" || each.container === container.name);
    return found ? { ...container, image: found.image } : container;
  });
}
