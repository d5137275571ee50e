// Draws every figure[data-chart] from the JSON at its data-src. The table beside it carries the same figures.
// JSON forms: templates/README.md. Nothing is drawn before the figure comes near the screen.

const PART_COUNT = 6;
const NEAR = "300px";
const EDGE_SHARE = 0.22;
const SHANGHAI_OFFSET_MS = 8 * 3_600_000;
const chinese = document.documentElement.lang.startsWith("zh");
const compact = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 });
const yuan = new Intl.NumberFormat("zh-CN", { style: "currency", currency: "CNY" });
const plain = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "UTC", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
});

function colours() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: token("ink"), soft: token("ink-soft"), line: token("line"), surface: token("surface"),
    tea: token("tea"), teaWash: token("tea-wash"), good: token("good"), bad: token("bad"), badWash: token("bad-wash"),
    persimmon: token("persimmon"), parts: Array.from({ length: PART_COUNT }, (_, index) => token(`part-${index + 1}`)),
    font: style.getPropertyValue("--font-text").trim(),
  };
}

// Charts lay out their time axis in UTC; moments are moved so that it reads as Shanghai time anywhere in the world.
function onShanghaiAxis(moment) {
  return Date.parse(moment) + SHANGHAI_OFFSET_MS;
}

// Amounts arrive as whole fen and are shown in yuan; the division is for the eye only.
function shown(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) {
    return "—";
  }
  return unit === "fen" ? yuan.format(value / 100) : `${plain.format(value)}${unit ? ` ${unit}` : ""}`;
}

function onAxis(value, unit) {
  return compact.format(unit === "fen" ? value / 100 : value);
}

function frame(palette) {
  return {
    color: palette.parts,
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: true },
    textStyle: { fontFamily: palette.font, color: palette.ink, fontSize: 13 },
    tooltip: {
      // Text drawn on the canvas: the content policy allows no style attributes.
      renderMode: "richText", confine: true, backgroundColor: palette.surface, borderColor: palette.line,
      textStyle: { color: palette.ink, fontFamily: palette.font, fontSize: 13 },
    },
  };
}

function axisLook(palette) {
  return {
    axisLine: { lineStyle: { color: palette.line } }, axisTick: { show: false },
    axisLabel: { color: palette.soft, hideOverlap: true }, splitLine: { lineStyle: { color: palette.line, type: "dashed" } },
  };
}

function legend(palette, names) {
  return { type: "scroll", top: 0, left: 0, data: names, textStyle: { color: palette.ink }, pageTextStyle: { color: palette.ink },
    pageIconColor: palette.tea, pageIconInactiveColor: palette.line, pageIconSize: 12,
    icon: "roundRect", itemWidth: 14, itemHeight: 10 };
}

function limitLines(data, palette, figure) {
  const limits = [data.limit_min, data.limit_max].filter((value) => value !== null && value !== undefined);
  return {
    silent: true, symbol: "none", lineStyle: { color: palette.bad, type: "dashed", width: 1.5 },
    label: { formatter: ({ value }) => `${figure.dataset.limit} ${value} ℃`, position: "insideStartTop", color: palette.bad },
    data: limits.map((value) => ({ yAxis: value })),
  };
}

// A limit on one side only leaves the band open to the edge of the chart on the other.
function limitBand(data, palette, floor, ceiling) {
  const areas = (data.excursions ?? []).map(([from, to]) => [
    { xAxis: onShanghaiAxis(from), itemStyle: { color: palette.bad, opacity: 0.14 } }, { xAxis: onShanghaiAxis(to) },
  ]);
  const low = data.limit_min ?? null;
  const high = data.limit_max ?? null;
  if (low !== null || high !== null) {
    areas.unshift([{ yAxis: low ?? floor, itemStyle: { color: palette.good, opacity: 0.1 } }, { yAxis: high ?? ceiling }]);
  }
  return { silent: true, data: areas };
}

function temperature(data, palette, figure) {
  const drawn = data.channels.flatMap((channel) => channel.points.map((point) => point[1])).filter((value) => value !== null);
  const reach = [...drawn, data.limit_min, data.limit_max].filter((value) => value !== null && value !== undefined).map(Number);
  const floor = Math.floor(Math.min(...reach) - 1);
  const ceiling = Math.ceil(Math.max(...reach) + 1);
  // A journey that has just begun has a point or two: they are shown as such, over half an hour.
  const moments = data.channels.flatMap((channel) => channel.points.map((point) => onShanghaiAxis(point[0])));
  const began = Math.min(...moments);
  const until = Math.max(began + 30 * 60000, ...moments);
  const series = data.channels.map((channel, index) => ({
    name: channel.name, type: "line", data: channel.points.map(([at, degrees]) => [onShanghaiAxis(at), degrees]), showSymbol: channel.points.length < 30, symbolSize: 5, connectNulls: false, sampling: "minmax",
    lineStyle: { width: 1.8 },
    ...(index === 0 ? { markLine: limitLines(data, palette, figure), markArea: limitBand(data, palette, floor, ceiling) } : {}),
  }));
  const base = frame(palette);
  return {
    ...base,
    useUTC: true,
    tooltip: { ...base.tooltip, trigger: "axis",
      formatter: (points) => [clock.format(new Date(points[0].value[0])),
        ...points.map((point) => `${point.seriesName}  ${shown(point.value[1], "℃")}`)].join("\n") },
    legend: series.length > 1 ? legend(palette, series.map((one) => one.name)) : undefined,
    grid: { left: 8, right: 16, top: series.length > 1 ? 40 : 16, bottom: 8, containLabel: true },
    xAxis: { type: "time", min: began, max: until, ...axisLook(palette), splitLine: { show: false },
      axisLabel: { color: palette.soft, hideOverlap: true, formatter: { year: "{yyyy}", month: "{MM}-{dd}", day: "{MM}-{dd}", hour: "{HH}:{mm}", minute: "{HH}:{mm}" } } },
    yAxis: { type: "value", min: floor, max: ceiling, ...axisLook(palette),
      axisLabel: { color: palette.soft, formatter: "{value} ℃" } },
    series,
  };
}

function categories(kind, data, palette) {
  const base = frame(palette);
  const several = data.series.length > 1;
  return {
    ...base,
    tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: kind === "bar" ? "shadow" : "line" },
      formatter: (points) => [points[0].name, ...points.map((point) => `${point.seriesName}  ${shown(point.value, data.unit)}`),
        ...(several && data.stacked ? [`${chinese ? "合计" : "Total"}  ${shown(points.reduce((sum, point) => sum + (point.value ?? 0), 0), data.unit)}`] : [])].join("\n") },
    legend: several ? legend(palette, data.series.map((one) => one.name)) : undefined,
    grid: { left: 8, right: 12, top: several ? 44 : 16, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: data.categories, ...axisLook(palette), splitLine: { show: false } },
    yAxis: { type: "value", ...axisLook(palette), axisLine: { show: false },
      axisLabel: { color: palette.soft, formatter: (value) => onAxis(value, data.unit) } },
    series: data.series.map((one, index) => ({
      name: one.name, type: kind, data: one.values, stack: data.stacked ? "all" : undefined, barMaxWidth: 36,
      itemStyle: { borderRadius: data.stacked && index < data.series.length - 1 ? 0 : [4, 4, 0, 0], borderColor: palette.surface,
        borderWidth: data.stacked ? 0.5 : 0 },
      connectNulls: false, symbolSize: 6,
    })),
  };
}

function mapBase(data, palette, name) {
  const base = frame(palette);
  return {
    ...base,
    tooltip: { ...base.tooltip, trigger: "item",
      formatter: ({ name: place, value }) => `${place}\n${shown(Array.isArray(value) ? value[2] : value, data.unit)}` },
    geo: { map: name, roam: false, aspectScale: 0.87, layoutCenter: ["50%", "50%"], layoutSize: "98%", silent: !data.areas,
      itemStyle: { areaColor: palette.teaWash, borderColor: palette.tea, borderWidth: 1.2 },
      emphasis: { disabled: true }, label: { show: false } },
  };
}

function pointMap(data, palette, name) {
  const largest = Math.max(1, ...data.points.map((point) => point.value));
  const east = data.points.map((point) => point.lon);
  const edge = Math.max(...east) - (Math.max(...east) - Math.min(...east)) * EDGE_SHARE;
  return {
    ...mapBase(data, palette, name),
    series: [{
      type: "scatter", coordinateSystem: "geo",
      // Large circles first, so that small ones stay on top and can be pressed; labels turn inwards at the eastern edge.
      data: data.points.toSorted((a, b) => b.value - a.value).map((point) => ({
        name: point.name, value: [point.lon, point.lat, point.value], href: point.href,
        label: { position: point.lon > edge ? "left" : "right", formatter: point.label ?? point.name },
      })),
      symbolSize: (value) => 8 + 26 * Math.sqrt(value[2] / largest),
      itemStyle: { color: palette.persimmon, opacity: 0.78, borderColor: palette.surface, borderWidth: 1.5 },
      label: { show: true, color: palette.ink, fontSize: 12,
        textBorderColor: palette.surface, textBorderWidth: 2.5 },
      labelLayout: { hideOverlap: true },
      emphasis: { scale: 1.15, itemStyle: { opacity: 1 } },
    }],
  };
}

function areaMap(data, palette, name) {
  const largest = Math.max(1, ...data.areas.map((area) => area.value));
  const base = mapBase(data, palette, name);
  return {
    ...base,
    geo: undefined,
    visualMap: { show: true, min: 0, max: largest, left: 0, bottom: 0, itemHeight: 90, calculable: false,
      inRange: { color: [palette.teaWash, palette.tea] }, textStyle: { color: palette.soft },
      formatter: (value) => onAxis(value, data.unit) },
    series: [{ type: "map", map: name, aspectScale: 0.87, roam: false, data: data.areas.map((area) => ({ ...area })),
      itemStyle: { borderColor: palette.surface, areaColor: palette.teaWash }, label: { show: false },
      emphasis: { label: { show: true, color: palette.ink }, itemStyle: { areaColor: palette.persimmon } }, select: { disabled: true } }],
  };
}

const OPTIONS = {
  temperature,
  line: (data, palette) => categories("line", data, palette),
  bar: (data, palette) => categories("bar", data, palette),
  map: (data, palette, figure) => (data.points ? pointMap : areaMap)(data, palette, figure.dataset.map),
};

function isEmpty(data) {
  const parts = data.channels?.map((channel) => channel.points) ?? data.series?.map((one) => one.values) ?? [data.points ?? data.areas ?? []];
  return parts.every((part) => part.length === 0);
}

async function fetchJson(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) {
    throw new Error(`${address} answered ${response.status}`);
  }
  return response.json();
}

function say(figure, text) {
  const status = figure.querySelector(".chart-status[role]");
  status.textContent = text;
  status.hidden = text === "";
}

async function draw(figure) {
  const [data, echarts] = await Promise.all([fetchJson(figure.dataset.src), import(figure.dataset.library)]);
  if (isEmpty(data)) {
    say(figure, figure.dataset.empty);
    return;
  }
  if (figure.dataset.map) {
    echarts.registerMap(figure.dataset.map, await fetchJson(figure.dataset.map));
  }
  const canvas = figure.querySelector(".chart-canvas");
  canvas.hidden = false;
  const chart = echarts.init(canvas, null, { renderer: "canvas", locale: chinese ? "ZH" : "EN" });
  const paint = () => chart.setOption(OPTIONS[figure.dataset.chart](data, colours(), figure), true);
  paint();
  chart.on("click", ({ data: item }) => {
    if (item?.href) {
      window.location.assign(item.href);
    }
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  window.addEventListener("beforeprint", () => chart.resize());
  figure.querySelector(".chart-table").open = figure.dataset.keepTable !== undefined;
  figure.dataset.drawn = "yes";
}

const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) {
      watcher.unobserve(target);
      draw(target).catch((error) => {
        console.error(error);
        say(target, target.dataset.failed);
      });
    }
  }
}, { rootMargin: NEAR });

function watchAll() {
  for (const figure of document.querySelectorAll("figure[data-chart]:not([data-watched])")) {
    figure.dataset.watched = "yes";
    watcher.observe(figure);
  }
}

// On paper the figures stand below every chart.
function openTables() {
  for (const table of document.querySelectorAll(".chart-table:not([open])")) {
    table.dataset.closeAfterPrint = "yes";
    table.open = true;
  }
}

function closeTables() {
  for (const table of document.querySelectorAll(".chart-table[data-close-after-print]")) {
    delete table.dataset.closeAfterPrint;
    table.open = false;
  }
}

window.addEventListener("beforeprint", openTables);
window.addEventListener("afterprint", closeTables);
watchAll();
document.addEventListener("htmx:afterSettle", watchAll);
