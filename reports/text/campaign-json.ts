/** `campaign.json`: a campaign in figures. Seconds and shares have at most six decimals; a bound that so few runs do not give is null. */
import type { CampaignRecord, SeedRow, VariationRecord } from "../../engine/experiment/explore/campaign-record.ts";
import type { Share } from "../../engine/experiment/explore/statistics.ts";

/** JSON text that ends with a line break; the same bytes for the same campaign. */
export function campaignJson(record: CampaignRecord): string {
  const { variations, firstFailing, ...head } = record;
  const summary = {
    ...head,
    ...(firstFailing && { firstFailing: failing(firstFailing, record.varied) }),
    variations: variations.map((variation) => described(variation, record.varied)),
  };
  return `${JSON.stringify(summary, (_, value) => (typeof value === "number" ? toMicro(value) : value), 2)}\n`;
}

const toMicro = (value: number): number => Math.round(value * 1_000_000) / 1_000_000;

const valued = (values: readonly string[], varied: readonly string[]) =>
  values.map((value, i) => ({ path: varied[i]!, value }));

const failing = ({ seed, values, outcome, reason, digest }: SeedRow, varied: readonly string[]) => ({
  seed,
  values: valued(values, varied),
  outcome,
  reason,
  digest,
});

const described = (variation: VariationRecord, varied: readonly string[]) => ({
  values: valued(variation.values, varied),
  outcomes: variation.outcomes,
  violated: interval(variation.violated),
  promises: variation.promises.map(({ broken, ...promise }) => ({ ...promise, broken: interval(broken) })),
  measures: variation.measures.map(({ name, spread: { percentiles, deviation, ...spread } }) => ({
    name,
    ...spread,
    deviation: deviation ?? null,
    percentiles: percentiles.map(({ percent, value, low, high }) => ({
      percent,
      value,
      low95: low ?? null,
      high95: high ?? null,
    })),
  })),
  metrics: variation.metrics,
});

const interval = ({ count, of, share, low, high }: Share) => ({
  count,
  of,
  share: share ?? null,
  low95: low ?? null,
  high95: high ?? null,
});
