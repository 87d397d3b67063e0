// A report: the document that stands in the page, drawn. Served by a gateway it keeps up with it.

import { render } from "preact";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/parts.css";
import "./report.css";
import { takeDefinitions } from "@/api/definitions";
import type { Definitions } from "@/api/types";
import { followSettings } from "@/store/settings";
import type { Report } from "./data";
import { follow, report } from "./live";
import { preparePaper } from "./paper";
import { ReportPage } from "./Report";

const text = document.getElementById("document")?.textContent;
const root = document.getElementById("report");
if (text && root) {
  const found = JSON.parse(text) as Report;
  const { metrics, reasons } = found;
  takeDefinitions({ metrics, reasons, indices: {}, profiles: {}, methods: {} } as Definitions);
  report.value = found;
  followSettings();
  preparePaper(found);
  render(<ReportPage />, root);
  follow(found);
}
