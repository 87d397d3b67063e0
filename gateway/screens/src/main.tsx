// The screens: settings, definitions and the stream are one for all views.

import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/shell.css";
import { loadDefinitions } from "./api/definitions";
import { loadSession } from "./api/key";
import { Shell } from "./parts/Shell";
import { followLinks, go } from "./router/router";
import { followBell } from "./store/bell";
import { startClock } from "./store/clock";
import { followMarket } from "./store/market";
import { followSettings } from "./store/settings";

followSettings();
followLinks();
startClock();
followMarket();
followBell((episode) => go("alerts", { episode }));
void loadDefinitions();
void loadSession();

const root = document.getElementById("screens");
if (root) render(<Shell />, root);
