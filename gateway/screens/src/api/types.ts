// The gateway's words under short names; what they are is made from its own description.

import type { components as Rest, paths } from "./rest";
import type { components as Stream } from "./stream";

type Schemas = Rest["schemas"];
type Messages = Stream["schemas"];

export type { paths };
export type IndexRow = Messages["IndexRow"];
export type IndexWhole = Schemas["IndexWhole"];
export type Snapshot = Schemas["Snapshot"];
export type Card = Schemas["MetricCard"];
export type Definitions = Schemas["Definitions"];
export type History = Schemas["SeriesHistory"];
export type Composition = Schemas["Composition"];
export type AssetEvent = Schemas["AssetEvent"];
export type Rebalance = Schemas["Rebalance"];
export type Episode = Schemas["EpisodeModel"];
export type Problem = Schemas["ProblemDetails"];
export type Health = Messages["HealthReport"];

/** Every message of the stream, told apart by `type`. */
export type Message =
  | Messages["SubscribedMessage"]
  | Messages["RowsMessage"]
  | Messages["SnapshotsMessage"]
  | Messages["ChangesMessage"]
  | Messages["LevelsMessage"]
  | Messages["FiguresMessage"]
  | Messages["AlertsMessage"]
  | Messages["EpisodesMessage"]
  | Messages["RetiredMessage"]
  | Messages["GapMessage"]
  | Messages["ResyncMessage"]
  | Messages["HealthReport"]
  | Messages["WarningMessage"]
  | Messages["ErrorMessage"];

export type MessageOf<T extends Message["type"]> = Extract<Message, { type: T }>;
export type Report = Schemas["Report"];
export type ReportIndex = Schemas["ReportIndex"];
export type Comparison = Schemas["Comparison"];
export type Ranking = Schemas["Ranking"];
