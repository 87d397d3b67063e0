// All indices at a glance.

import { Empty, Loading } from "@/parts/parts";
import { isArriving, isLoaded, roster, rows } from "@/store/market";
import { IndexTable } from "./IndexTable";

export default function Overview() {
  roster.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- follows it
  if (!isLoaded.value && !isArriving.value)
    return <Loading height={420} label="loading the indices" />;
  if (!rows.size) {
    return (
      <Empty title="No index is defined yet">
        <code>tidegauge define indices.toml --log LOG</code> brings the first one; it shows here at
        once.
      </Empty>
    );
  }
  return <IndexTable />;
}
