// Draws the plots of the report. Runs in the reader's browser, after uPlot, on numbers that travel inside the page.
(() => {
  const uPlot = window.uPlot;
  const series = JSON.parse(document.getElementById('plots').textContent);
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
  const shown = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const font = '12px system-ui, sans-serif';

  // Under everything else: when the system was warming up, in an arm, broken or healing. Named, because colour alone says nothing.
  const shade = (bands) => (u) => {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    for (const band of bands) {
      const from = u.valToPos(band.fromS, 'x', true);
      const to = u.valToPos(band.toS, 'x', true);
      ctx.fillStyle = colour(`band-${band.kind}`);
      ctx.fillRect(from, top, Math.max(to - from, 1), height);
      // Arms lie side by side: an edge tells where one ends.
      if (band.kind === 'arm') {
        ctx.fillStyle = colour('rule');
        ctx.fillRect(from, top, devicePixelRatio, height);
      }
    }
    ctx.restore();
  };

  // Words go on top of everything, on a piece of paper of their own.
  const write = (u, text, x, y, align) => {
    const { ctx } = u;
    ctx.save();
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    const width = ctx.measureText(text).width + 8 * devicePixelRatio;
    const height = 16 * devicePixelRatio;
    const left = Math.max(u.bbox.left, Math.min(align === 'right' ? x - width : x, u.bbox.left + u.bbox.width - width));
    ctx.globalAlpha = 0.85;
    ctx.fillStyle = colour('paper');
    ctx.fillRect(left, y - height / 2, width, height);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour('ink');
    ctx.fillText(text, left + 4 * devicePixelRatio, y);
    ctx.restore();
  };
  const label = (bands) => (u) => {
    const named = bands.filter((band) => band.kind !== 'healing');
    named.forEach((band, index) => {
      const row = 10 + 18 * (index % 3);
      write(u, band.name, u.valToPos(band.fromS, 'x', true) + 2 * devicePixelRatio, u.bbox.top + row * devicePixelRatio, 'left');
    });
  };

  const cloud = (points, limits) => (u) => {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    const size = 2 * devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    for (const [second, ms, failed] of points) {
      const x = u.valToPos(second, 'x', true);
      const y = u.valToPos(ms, 'y', true);
      if (failed) {
        ctx.strokeStyle = colour('fail');
        ctx.lineWidth = 1.5 * devicePixelRatio;
        ctx.beginPath();
        ctx.moveTo(x - 2 * size, y - 2 * size);
        ctx.lineTo(x + 2 * size, y + 2 * size);
        ctx.moveTo(x + 2 * size, y - 2 * size);
        ctx.lineTo(x - 2 * size, y + 2 * size);
        ctx.stroke();
      } else {
        ctx.fillStyle = colour('dot');
        ctx.beginPath();
        ctx.arc(x, y, size, 0, 7);
        ctx.fill();
      }
    }
    for (const { ms } of limits) {
      const y = u.valToPos(ms, 'y', true);
      ctx.strokeStyle = colour('ink');
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      ctx.setLineDash([]);
    }
    ctx.restore();
  };
  // Neighbouring limits take turns between the right edge and a place further in.
  const name = (limits) => (u) => {
    limits.forEach((limit, index) => {
      const x = u.bbox.left + u.bbox.width - (4 + 150 * (index % 3)) * devicePixelRatio;
      write(u, limit.label, x, u.valToPos(limit.ms, 'y', true), 'right');
    });
  };

  const axis = (more) => ({
    stroke: colour('soft'),
    font,
    labelFont: font,
    labelSize: 18,
    labelGap: 0,
    size: 32,
    grid: { stroke: colour('rule'), width: 1, ...(more?.filter && { filter: more.filter }) },
    ticks: { stroke: colour('rule'), ...(more?.filter && { filter: more.filter }) },
    ...more,
  });
  const line = (label, index, more) => ({
    label,
    stroke: colour(`line-${index + 1}`),
    dash: dashes[index],
    width: 1.75,
    points: { show: false },
    spanGaps: false,
    value: (_, value) => (value == null ? '–' : String(value)),
    ...more,
  });
  // The key shows the same stroke as the line, as nearly as a border can.
  const markOf = (u, index) =>
    ({ 0: 'solid', 2: u.series[index].dash?.[0] > 4 ? 'dashed' : 'dotted' })[u.series[index].dash?.length] ?? 'dashed';
  const time = { label: 'time (s)', value: (_, value) => (value == null ? '–' : `${value} s`) };
  const ms = (value) => (value >= 1000 ? `${value / 1000} s` : `${value} ms`);
  // Of a log axis only the powers of ten: the steps between would be a wall of lines.
  const powers = (_, splits) => splits.map((value) => (Math.abs(Math.log10(value) % 1) < 1e-9 ? value : null));
  const msAxis = () =>
    axis({ filter: powers, values: (_, splits) => splits.map((value) => (value === null ? '' : ms(value))), size: 62 });
  const msScale = (values) => {
    const known = values.filter((value) => value != null && value > 0);
    const low = 10 ** Math.floor(Math.log10(Math.min(1, ...known.map((value) => value))));
    const high = 10 ** Math.ceil(Math.log10(Math.max(10, ...known) * 1.2));
    return { distr: 3, log: 10, range: [Math.max(low, 0.1), high] };
  };

  const kinds = {
    latency({ latency, bands, limits, lengthS }) {
      const lines = [
        ['p50', latency.p50],
        ['p95', latency.p95],
        ['p99', latency.p99],
        ['slowest', latency.slowest],
      ].filter(([, values]) => values.some((value) => value !== null));
      const all = [
        ...lines.flatMap(([, values]) => values),
        ...latency.points.map((point) => point[1]),
        ...limits.map((limit) => limit.ms),
      ];
      return {
        height: 320,
        rows: [latency.x, ...lines.map(([, values]) => values)],
        options: {
          scales: { x: { time: false, range: [0, lengthS] }, y: msScale(all) },
          axes: [axis({ label: 'seconds since the experiment began' }), msAxis()],
          series: [time, ...lines.map(([label], index) => line(`${label} (ms)`, index))],
          hooks: { drawClear: [shade(bands)], drawAxes: [cloud(latency.points, limits)], draw: [label(bands), name(limits)] },
        },
      };
    },
    flow({ flow, bands, lengthS }) {
      const lines = [
        ['answers/s', flow.answered],
        ...(flow.effects ? [['effects/s', flow.effects]] : []),
        ['failed/s', flow.failed],
      ];
      const strokes = { 'answers/s': 0, 'effects/s': 2, 'failed/s': 1 };
      return {
        height: 240,
        rows: [flow.x, ...lines.map(([, values]) => values)],
        options: {
          scales: { x: { time: false, range: [0, lengthS] }, y: { range: (_, __, high) => [0, Math.max(1, high * 1.1)] } },
          axes: [axis(), axis({ size: 48 })],
          series: [time, ...lines.map(([label]) => line(label, strokes[label]))],
          hooks: { drawClear: [shade(bands)], draw: [label(bands)] },
        },
      };
    },
    backlog({ backlog, bands, lengthS }) {
      return {
        height: 240,
        rows: [backlog.x, backlog.unsent],
        options: {
          scales: { x: { time: false, range: [0, lengthS] }, y: { range: (_, __, high) => [0, Math.max(1, high * 1.1)] } },
          axes: [axis(), axis({ size: 48 })],
          series: [time, line('waiting', 3, { fill: colour('band-healing') })],
          hooks: { drawClear: [shade(bands)], draw: [label(bands)] },
        },
      };
    },
    spread({ spread }) {
      const positions = [...new Set(spread.flatMap((one) => one.points.map((point) => point[0])))].sort((a, b) => a - b);
      const lines = spread.map((one) => {
        const at = new Map(one.points);
        return positions.map((position) => at.get(position) ?? null);
      });
      const last = positions.at(-1) ?? 1;
      const names = [
        [0, '0'],
        [Math.log10(2), '50'],
        [1, '90'],
        [2, '99'],
        [3, '99.9'],
        [4, '99.99'],
        [5, '99.999'],
      ].filter(([position]) => position <= last);
      const nameOf = (position) => names.find(([at]) => Math.abs(at - position) < 1e-9)?.[1] ?? '';
      const percent = (position) => `${(100 * (1 - 10 ** -position)).toFixed(Math.max(0, Math.ceil(position) - 1))} %`;
      return {
        height: 240,
        rows: [positions, ...lines],
        options: {
          scales: { x: { time: false, range: [0, last] }, y: msScale(lines.flat()) },
          axes: [
            axis({ splits: () => names.map(([at]) => at), values: (_, splits) => splits.map(nameOf), label: 'percentile' }),
            msAxis(),
          ],
          series: [
            { label: 'percentile', value: (_, value) => (value == null ? '–' : percent(value)) },
            ...spread.map((one, index) => line(`${one.name} (ms)`, index)),
          ],
        },
      };
    },
  };

  function draw() {
    for (const plot of shown.splice(0)) plot.destroy();
    for (const place of document.querySelectorAll('[data-plot]')) {
      const one = series[Number(place.dataset.experiment)];
      const { height, rows, options } = kinds[place.dataset.plot](one);
      // Plots on one page share the cursor within an experiment: the same second, seen three ways.
      const sync =
        place.dataset.plot === 'spread' ? undefined : { key: `experiment-${place.dataset.experiment}`, scales: ['x', null] };
      const legend = { markers: { width: 2.5, dash: markOf } };
      const cursor = { drag: { x: false, y: false }, ...(sync && { sync }) };
      shown.push(new uPlot({ width: place.clientWidth, height, cursor, legend, ...options }, rows, place));
    }
  }

  draw();
  let width = document.body.clientWidth;
  addEventListener('resize', () => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    draw();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  const printing = matchMedia('print');
  printing.addEventListener('change', draw);
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    draw();
  });
})();
