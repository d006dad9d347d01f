/** `serviceProxy`: which mode kube-proxy runs in. */
import { defaultProxyMode, type ProxyMode } from "../engine/kubernetes/network/service-route.ts";
import { versionsOfMinor } from "../engine/kubernetes/versions.ts";
import type { Settings } from "../engine/settings.ts";
import { describe } from "../engine/values/issue.ts";
import type { ScenarioSections } from "./section.ts";
import type { WrittenServiceProxy } from "./service-proxy.schema.ts";

export function readServiceProxy(written: WrittenServiceProxy, minor: number, sections: ScenarioSections, path: string): ProxyMode {
  const { mode = defaultProxyMode.mode, scheduler } = written;
  if (mode === "nftables" && !versionsOfMinor(minor).proxyNftables)
    sections.report(`${path}.mode`, describe(mode), "iptables or ipvs", `kube-proxy of 1.${minor} has no mode nftables`);
  if (scheduler !== undefined && mode !== "ipvs")
    sections.report(`${path}.scheduler`, describe(scheduler), "nothing", "only mode ipvs has schedulers");
  return { mode, scheduler: scheduler ?? defaultProxyMode.scheduler };
}

/** ipvs runs as soon as it learns of a change, unless the scenario says otherwise. Source: kube-proxy defaults. */
export function settingsOfProxy(settings: Settings, changed: readonly string[], { mode }: ProxyMode): Settings {
  return mode === "ipvs" && !changed.includes("proxyMinSync") ? { ...settings, proxyMinSync: 0 } : settings;
}
