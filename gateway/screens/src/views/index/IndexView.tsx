// One index: what it is now, how it came there, what it holds, how far it is to be trusted.

import { Choices, Empty, Loading } from "@/parts/parts";
import { ErrorNote } from "@/parts/ErrorNote";
import { change, href, parameter } from "@/router/router";
import { CompositionTab } from "./CompositionTab";
import { FiguresTab } from "./FiguresTab";
import { Head } from "./Head";
import { PerformanceTab } from "./PerformanceTab";
import { QualityTab } from "./QualityTab";
import { RiskTab } from "./RiskTab";
import { useIndex, type Followed } from "./useIndex";
import "./index.css";

const TABS = [
  ["performance", "Performance"],
  ["risk", "Risk"],
  ["composition", "Composition"],
  ["quality", "Quality"],
  ["figures", "All figures"],
] as const;
type Tab = (typeof TABS)[number][0];

export interface IndexProps extends Followed {
  index: string;
}

export default function IndexView() {
  const index = parameter("id");
  const followed = useIndex(index);
  if (!index) return <Missing text="An index is chosen in the overview." />;
  const { whole, error } = followed;
  if (!whole && error?.kind === "unknown-index") return <Missing text={error.detail} />;
  if (!whole && error) return <ErrorNote error={error} />;
  if (!whole) return <Loading height={420} label={`loading ${index}`} />;
  const tab = parameter("tab", "performance") as Tab;
  const Body =
    {
      performance: PerformanceTab,
      risk: RiskTab,
      composition: CompositionTab,
      quality: QualityTab,
      figures: FiguresTab,
    }[tab] ?? PerformanceTab;
  return (
    <div class="index">
      <Head index={index} {...followed} />
      <Choices
        label="Parts"
        of={TABS}
        chosen={tab}
        choose={(name) => change({ tab: name === "performance" ? null : name })}
      />
      <Body index={index} {...followed} />
    </div>
  );
}

function Missing({ text }: { text: string }) {
  return (
    <Empty title="No such index">
      <p>{text}</p>
      <a class="button" href={href("overview")}>
        All indices
      </a>
    </Empty>
  );
}
