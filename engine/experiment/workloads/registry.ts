/** Every command. Add one: a file in this folder, a line here. */
import type { Verb } from "./action.ts";
import { apply } from "./apply.ts";
import { cordon, uncordon } from "./cordon.ts";
import { deleteObjects } from "./delete.ts";
import { drain } from "./drain.ts";
import { getRaw } from "./get-raw.ts";
import { annotate, label } from "./label.ts";
import { rolloutPause, rolloutRestart, rolloutResume, rolloutUndo } from "./rollout.ts";
import { scale } from "./scale.ts";
import { setImage } from "./set-image.ts";
import { attach, exec, logs, portForward } from "./streams.ts";
import { taint } from "./taint.ts";

export const VERBS: readonly Verb[] = [
  apply,
  scale,
  deleteObjects,
  rolloutRestart,
  rolloutUndo,
  rolloutPause,
  rolloutResume,
  setImage,
  cordon,
  uncordon,
  drain,
  taint,
  label,
  annotate,
  logs,
  exec,
  attach,
  portForward,
  getRaw,
];
