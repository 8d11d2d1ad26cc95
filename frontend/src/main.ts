import htmx from "htmx.org";
import { announceSwaps, keepFocus } from "./lib/htmx-manners";
import { startRegistry } from "./registry";
import { startDialogs } from "./shell/dialogs";
import { startConfirm } from "./shell/confirm";
import { startOffline } from "./shell/offline";
import { startPalette } from "./shell/palette-keys";
import { startPrefetch } from "./shell/prefetch";
import { startToasts } from "./shell/toasts";

// The content security policy forbids eval and inline styles, so htmx must not need either.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
// Snapshots of pages would stay on shared computers after signing out.
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.scrollIntoViewOnBoost = false;

keepFocus(document);
announceSwaps(document);
startDialogs(document);
startConfirm(document);
startPalette(document);
startPrefetch(document);
startToasts(document);
startRegistry(document);
startOffline(document);
