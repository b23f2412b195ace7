/** Tests run whole simulations, on machines that may be busy: no test asserts a time, and the limit only ends what hangs. */
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/**/*.test.ts"], testTimeout: 120_000, maxConcurrency: 2 } });
