// A row of a table: a figure of the index's snapshot, with its card and the reason of a dash.

import { figureAt } from "@/api/definitions";
import { FigureName, FigureValue } from "@/parts/Figure";
import type { ReportIndex } from "./data";

export function FigureRow({ one, path }: { one: ReportIndex; path: string }) {
  return (
    <tr>
      <th>
        <FigureName path={path} />
      </th>
      <td class="number">
        <FigureValue
          path={path}
          value={figureAt(one.snapshot, path) ?? null}
          reasons={one.snapshot?.undefined}
        />
      </td>
    </tr>
  );
}
